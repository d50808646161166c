"""What the source says of attributes: a text literal below an assignment is its documentation."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any


def attribute_docs(kind: type) -> dict[str, str]:
    """Return the documented attributes of a class and its bases; none where there is no source."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        docs |= _docs_of(base)
    return docs


def source_of(member: Callable[..., Any]) -> str | None:
    """Return the member's source, None where there is none."""
    with suppress(OSError, TypeError):
        return textwrap.dedent(inspect.getsource(member))
    return None


def _docs_of(kind: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    docs = {}
    for statement, after in pairwise(body):
        if _is_text(after):
            text = inspect.cleandoc(after.value.value)  # type: ignore[attr-defined]
            docs.update(dict.fromkeys(_names(statement), text))
    return docs


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _names(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]
