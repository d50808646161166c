"""Edits of HTML pages: bytes in, bytes out; no file, no database, no request."""

from .edits import Edit, EditKind, EditResult
from .fragment import clean_fragment
from .rewrite import rewrite
from .scan import TagInfo, find_tags
from .splice import apply_edits

__all__ = [
    "Edit",
    "EditKind",
    "EditResult",
    "TagInfo",
    "apply_edits",
    "clean_fragment",
    "find_tags",
    "rewrite",
]
