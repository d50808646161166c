"""An ES module over ``rpc.mjs``: one export for each object, with JSDoc that editors and ``tsc`` read."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from .tree import Branch, Function, Value, tree_of
from .ts_members import comment, method_type, reachable, value_type
from .ts_types import IDENTIFIER, RESERVED, key, ts_type, type_name

_HEAD = """\
// @ts-check
/**
 * The objects that one caller reaches. Made by "manage.py smallweb_rpc client --js" from version {version};
 * make it anew when the objects change.
 */
// @ts-ignore: it has no types of its own.
import untyped from "{module}";

/**
 * @typedef {{{{ timeout?: number, startWithin?: number, signal?: AbortSignal,
 *   onProgress?: (value: unknown) => void }}}} CallOptions Times are in milliseconds.
 */
/**
 * Called with arguments by position; `with` takes options, or all arguments by their names.
 * @template {{unknown[]}} Args
 * @template Result
 * @template Named
 * @typedef {{{{ (...args: Args): Promise<Result>, with(options: CallOptions, ...args: Args): Promise<Result>,
 *   with(options: CallOptions & {{ kwargs: Named }}): Promise<Result> }}}} Method
 */
/**
 * A method with arguments that have no position.
 * @template Named
 * @template Result
 * @typedef {{{{ with(options: CallOptions & {{ kwargs: Named }}): Promise<Result> }}}} NamedMethod
 */
/**
 * A method that yields: called, it gives all items at once; `stream` gives them one by one.
 * @template {{unknown[]}} Args
 * @template Item
 * @template Named
 * @typedef {{Method<Args, Item[], Named> &
 *   {{ stream(...args: Args): AsyncGenerator<Item, void, undefined> }}}} StreamMethod
 */
/**
 * What is to be awaited for an attribute.
 * @template T
 * @typedef {{Pick<Promise<T>, "then" | "catch" | "finally">}} Value
 */
/**
 * An attribute of whose changes pages hear; `observe` resolves to the function that ends it.
 * @template T
 * @typedef {{Value<T> & {{ observe(handler: (value: T, place: object) => void, options?: object):
 *   Promise<() => Promise<void>> }}}} Tracked
 */
"""


def javascript(document: dict[str, Any]) -> str:
    """Return the module; it passes ``tsc --checkJs --strict``."""
    root = tree_of(document)
    module = f"{settings.STATIC_URL or '/static/'}smallweb_rpc/rpc.mjs"
    parts = [
        _HEAD.format(version=document["info"]["version"], module=module),
        "".join(_component(name, one) for name, one in document["components"]["schemas"].items()),
        f"const rpc = /** @type {{any}} */ (untyped);\n\n{_class(root)}",
        *(_class(branch) for branch in _below(root)),
        "const all = new Objects();\n" + "".join(_export(name) for name in reachable(root)),
        "export default all;\n",
    ]
    return "\n".join(parts)


def _component(name: str, schema: dict[str, Any]) -> str:
    tags = [f"@typedef {{{ts_type(schema)}}} {type_name(name)}"]
    return comment(schema.get("description", ""), "", *tags)


def _below(branch: Branch) -> list[Branch]:
    return [one for inner in branch.branches().values() for one in (inner, *_below(inner))]


def _class_name(branch: Branch) -> str:
    return f"Objects{''.join(f'${part}' for part in branch.path.split('.') if part)}"


def _class(branch: Branch) -> str:
    members = "\n".join(_member(branch, name, one) for name, one in reachable(branch).items())
    return f"class {_class_name(branch)} {{\n{members}}}\n"


def _member(branch: Branch, name: str, member: Branch | Function | Value) -> str:
    if isinstance(member, Branch):
        return f"  {key(name)} = new {_class_name(member)}();\n"
    if isinstance(member, Function):
        return _getter(name, member, method_type(member))
    text = _getter(name, member, value_type(member)) if "r" in member.mode else ""
    if "w" in member.mode:
        tag = comment("", "  ", f"@param {{{ts_type(member.schema)}}} value")
        text += f"{tag}  set {key(name)}(value) {{ rpc.{member.path} = value; }}\n"
    if "d" in member.mode and f"delete_{name}" not in branch.members:
        text += comment("", "  ", "@returns {Promise<true>}")
        text += f'  delete_{name}() {{ return rpc.delete("{member.path}"); }}\n'
    return text


def _getter(name: str, member: Function | Value, kind: str) -> str:
    doc = comment(member.doc, "  ", f"@returns {{{kind}}}")
    return f"{doc}  get {key(name)}() {{ return rpc.{member.path}; }}\n"


def _export(name: str) -> str:
    if name in RESERVED or name in ("rpc", "untyped") or not IDENTIFIER.fullmatch(name):
        return ""
    return f"export const {{ {name} }} = all;\n"
