"""Values as JSON that every database keeps as it is."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from django.utils.functional import Promise

from ..text import storable_json

# Nobody nests deeper by hand, and every reader on the way, with less stack left, takes so much.
MAX_DEPTH = 100
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def as_json(value: Any, *, mend_texts: bool = False) -> str:
    """Return the value as JSON, dataclasses, datetimes and their like included.

    Raises ValueError for NaN, what is nested deeper than MAX_DEPTH, and texts with NUL or half a
    surrogate pair, unless they shall be mended (``storable``); TypeError for what JSON has no form for.
    """
    try:
        plain = msgspec.to_builtins(value, str_keys=True, enc_hook=_as_text)
        text = json.dumps(plain, allow_nan=False)
    except RecursionError as error:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels, or holds itself") from error
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(plain) > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
    fault = _fault_of_texts(text)
    if not fault:
        return text
    if not mend_texts:
        raise ValueError(fault)
    return json.dumps(storable_json(json.loads(text)))


def _as_text(value: Any) -> str:
    """Subclasses of str, as templates give them, and translations that wait for their language."""
    if isinstance(value, str | Promise):
        return str.__str__(str(value))
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def _fault_of_texts(text: str) -> str:
    if "\\u0000" in text and _NUL.search(text):
        return "it has a NUL character, which PostgreSQL does not store"
    if "\\ud" in text:
        try:
            json.dumps(json.loads(text), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return "it has half a surrogate pair, which is no character"
    return ""


def _depth(plain: Any) -> int:
    depth, level = 0, [plain]
    while level:
        depth += 1
        level = [child for parent in level for child in _children(parent)]
    return depth


def _children(plain: Any) -> list[Any]:
    inner = plain.values() if isinstance(plain, dict) else plain
    return [child for child in inner if isinstance(child, dict | list | tuple)]
