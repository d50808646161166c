"""Annotations as people read them."""

from __future__ import annotations

import inspect
import re
from typing import Any

_MODULES = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")


def type_text(kind: Any) -> str:
    """Return an annotation without the modules of its classes; nothing for Any."""
    return "" if kind is Any else without_modules(inspect.formatannotation(kind))


def without_modules(text: str) -> str:
    """Return a signature or annotation without the modules of its classes."""
    return _MODULES.sub("", text)
