"""The kind of a file by its first bytes alone."""

from __future__ import annotations

from .kind import BY_NAME, Kind
from .markup import markup_name
from .plain_text import is_text
from .signatures import signature_name

HEAD_BYTES = 4096


def sniff(head: bytes) -> Kind | None:
    """Return the kind of the file that begins with these HEAD_BYTES, or is no longer; None if unknown.

    A signature comes before markup, and markup before text: where a file can be read in two ways, it is
    the one that a program would look for first. Markup is seen in bytes that are no valid text, too, as
    browsers do. Any other text is ``txt``. What comes after the first HEAD_BYTES is not looked at.
    """
    head = head[:HEAD_BYTES]
    name = signature_name(head) or markup_name(head)
    if name is None and head and is_text(head, is_whole=len(head) < HEAD_BYTES):
        name = "txt"
    return None if name is None else BY_NAME[name]
