"""A declaration for TypeScript of what ``rpc.js`` reaches."""

from __future__ import annotations

from typing import Any

from .tree import Branch, Function, Value, tree_of
from .ts_members import comment, method_type, reachable, value_type
from .ts_types import key, ts_type, type_name

_HEAD = """\
/**
 * The objects that one caller reaches, as rpc.js serves them. Made by "manage.py smallweb_rpc client --ts"
 * from version {version}; make it anew when the objects change.
 *
 *     import type {{ Rpc }} from "./api";
 *     const sum: number = await (window.rpc as Rpc).sample.add(4, 5);
 */

export interface CallOptions {{
  /** Milliseconds until the call is given up. */
  timeout?: number;
  /** Milliseconds within which it must have begun. */
  startWithin?: number;
  signal?: AbortSignal;
  onProgress?: (value: unknown) => void;
}}

/** Called with arguments by position; `with` takes options, or all arguments by their names. */
export interface Method<Args extends unknown[], Result, Named> {{
  (...args: Args): Promise<Result>;
  with(options: CallOptions, ...args: Args): Promise<Result>;
  with(options: CallOptions & {{ kwargs: Named }}): Promise<Result>;
}}

/** A method with arguments that have no position. */
export interface NamedMethod<Named, Result> {{
  with(options: CallOptions & {{ kwargs: Named }}): Promise<Result>;
}}

/** A method that yields: called, it gives all items at once; `stream` gives them one by one. */
export interface StreamMethod<Args extends unknown[], Item, Named> extends Method<Args, Item[], Named> {{
  stream(...args: Args): AsyncGenerator<Item, void, undefined>;
}}

/** What is to be awaited for an attribute. */
export type Value<T> = Pick<Promise<T>, "then" | "catch" | "finally">;

/** Where on its channel a value was published. */
export interface Place {{
  channel: string;
  offset: number;
  epoch: string;
  isRetained: boolean;
}}

/** An attribute of whose changes pages hear; `observe` resolves to the function that ends it. */
export type Tracked<T> = Value<T> & {{
  observe(handler: (value: T, place: Place) => void, options?: object): Promise<() => Promise<void>>;
}};

export interface ChannelHandlers {{
  listChannels(): Promise<string[]>;
  addChannelHandlers(
    handlers: Record<string, (value: any, place: Place) => void>, subscribeNow?: boolean,
  ): Promise<void>;
  subscribe(): Promise<void>;
  unsubscribe(): Promise<void>;
}}

export interface Served {{
  readonly rpcWebsocket: ChannelHandlers;
}}

export interface Verbs {{
  readonly ready: Promise<Rpc>;
  readonly status: "online" | "offline";
  onerror: ((error: Error, path: string) => void) | null;
  get<Path extends keyof Values>(path: Path): Promise<Values[Path]>;
  set<Path extends keyof Writable>(path: Path, value: Writable[Path]): Promise<true>;
  delete(path: Deletable): Promise<true>;
  subscribe(
    filter: string, handler: (value: any, place: Place) => void, options?: object,
  ): Promise<() => Promise<void>>;
  publish(channel: string, data: unknown): Promise<{{ epoch: string; offset: number }}>;
  channels(filter?: string): Promise<string[]>;
}}
"""

_FOOT = """\
/** What window.rpc is. */
export type Rpc = Verbs & Omit<Api, keyof Verbs>;

declare global {
  interface Window {
    readonly rpc: Rpc;
  }
}
"""


def typescript(document: dict[str, Any]) -> str:
    """Return the declaration; it passes ``tsc --strict``."""
    root = tree_of(document)
    parts = [
        _HEAD.format(version=document["info"]["version"]),
        *(_component(name, one) for name, one in document["components"]["schemas"].items()),
        f"export interface Api {{\n{_members(root, '  ')}}}\n",
        *_paths(list(root.all_values())),
        _FOOT,
    ]
    return "\n".join(parts)


def _component(name: str, schema: dict[str, Any]) -> str:
    doc = comment(schema.get("description", ""), "")
    if "properties" not in schema:
        return f"{doc}export type {type_name(name)} = {ts_type(schema)};\n"
    required = schema.get("required", ())
    fields = "".join(
        f"{comment(one.get('description', ''), '  ')}"
        f"  {key(field)}{'' if field in required else '?'}: {ts_type(one)};\n"
        for field, one in schema["properties"].items()
    )
    return f"{doc}export interface {type_name(name)} {{\n{fields}}}\n"


def _members(branch: Branch, indent: str) -> str:
    return "".join(_member(name, one, indent) for name, one in reachable(branch).items())


def _member(name: str, member: Branch | Function | Value, indent: str) -> str:
    if isinstance(member, Branch):
        inside = _members(member, f"{indent}  ")
        return f"{indent}readonly {key(name)}: Served & {{\n{inside}{indent}}};\n"
    doc = comment(member.doc, indent)
    if isinstance(member, Function):
        return f"{doc}{indent}readonly {key(name)}: {method_type(member)};\n"
    text = ""
    if "r" in member.mode:
        text += f"{doc}{indent}get {key(name)}(): {value_type(member)};\n"
    if "w" in member.mode:
        text += f"{indent}set {key(name)}(value: {ts_type(member.schema)});\n"
    return text


def _paths(values: list[Value]) -> list[str]:
    """Return the types of attributes by path, for ``rpc.get`` and its like."""
    tables = [
        f"export interface {table} {{\n"
        + "".join(f'  "{one.path}": {ts_type(one.schema)};\n' for one in values if letter in one.mode)
        + "}\n"
        for table, letter in (("Values", "r"), ("Writable", "w"))
    ]
    deletable = " | ".join(f'"{one.path}"' for one in values if "d" in one.mode) or "never"
    return [*tables, f"export type Deletable = {deletable};\n"]
