"""Typed clients from the OpenRPC document of a caller: TypeScript, JavaScript, Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .javascript import javascript
from .python import python
from .typescript import typescript

GENERATORS: dict[str, Callable[[dict[str, Any]], str]] = {
    "ts": typescript,
    "js": javascript,
    "py": python,
}
"""By the ending of the file; each takes a document and returns the file's text."""

__all__ = ["GENERATORS", "javascript", "python", "typescript"]
