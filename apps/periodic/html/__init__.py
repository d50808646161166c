"""Edits of HTML pages: bytes in, bytes out; no file, no database, no request."""

from .attributes import check_attribute_name
from .edits import Edit, EditKind, EditResult
from .encoding import page_encoding
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
    "check_attribute_name",
    "clean_fragment",
    "find_tags",
    "page_encoding",
    "rewrite",
]
