"""The text of a new controller, in a file of its own or in one that has others already."""

from __future__ import annotations

import ast

from .exceptions import CannotDispatch

_NAMES = ("Controller", "Progress", "safe", "task")
_MODULE = "smallweb.dispatch"
_HEAD = '''"""Methods that URLs reach."""

from __future__ import annotations

from {module} import {names}
'''
_CLASS = '''

class {name}(Controller):
    def add(self, a: int, b: int = 0) -> int:
        """Answer a POST with a sum."""
        return a + b

    @safe
    def hello(self, name: str = "world") -> str:
        """Answer a GET, too: nothing is changed."""
        return f"Hello {{name}}!"

    @task
    def count(self, progress: Progress, to: int = 10) -> int:
        """Work in the background, and tell how far it is."""
        for number in range(1, to + 1):
            progress(number=number, total=to, title="Counting")
        return to
'''


def source_of(name: str) -> bytes:
    """Return a module with a class of this name: a typed method, a safe one and a task."""
    return (_HEAD.format(module=_MODULE, names=", ".join(_NAMES)) + _CLASS.format(name=name)).encode()


def with_class(source: bytes, name: str, *, place: str) -> bytes:
    """Return the module with the class at its end and what it imports below the other imports, every byte
    that was there kept. Raises CannotDispatch, which names the ``place``, where the class cannot be added.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise CannotDispatch(f"{place} cannot be read: {error}; mend it first.") from error
    bound = _bound(tree)
    if name in bound:
        raise CannotDispatch(f"{place} has a {name} already; choose another name.")
    missing = [one for one in _NAMES if one not in bound]
    taken = [one for one in _NAMES if bound.get(one, one) != one]
    if taken:
        words = " and ".join(taken)
        raise CannotDispatch(f"{place} uses {words} for something else; choose another library.")
    return _inserted(source, _last_import(tree), missing, _CLASS.format(name=name))


def _bound(tree: ast.Module) -> dict[str, str]:
    """Return each name that the module binds, with what it is in smallweb.dispatch: empty for others."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            is_ours = isinstance(node, ast.ImportFrom) and node.module == _MODULE and not node.level
            bound |= {one.asname or one.name: one.name if is_ours else "" for one in node.names}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            bound[statement.name] = ""
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            bound |= {target.id: "" for target in targets if isinstance(target, ast.Name)}
    return bound


def _last_import(tree: ast.Module) -> int:
    """Return the number of the line after which imports may stand."""
    first = tree.body[:1]
    is_doc = bool(first) and isinstance(first[0], ast.Expr) and isinstance(first[0].value, ast.Constant)
    before = [
        *(first if is_doc else []),
        *(s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom)),
    ]
    return max((statement.end_lineno or 0 for statement in before), default=0)


def _inserted(source: bytes, line: int, names: list[str], text: str) -> bytes:
    newline = b"\r\n" if b"\r\n" in source else b"\n"
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines.append(newline)
    if names:
        lines.insert(line, f"from {_MODULE} import {', '.join(names)}".encode() + newline)
    return b"".join(lines) + text.encode().replace(b"\n", newline)
