"""The Range header (RFC 9110, section 14) for one range."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})")


class RangeNotSatisfiable(ValueError):
    """The range lies behind the end of the file."""


def requested_range(header: str, *, size_bytes: int) -> range | None:
    """Return the positions asked for, or None where the header is to be ignored.

    Ignored are other units, malformed and several ranges: the answer to them is the whole file.
    Raises RangeNotSatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size_bytes - int(last))
    if start >= size_bytes:
        raise RangeNotSatisfiable(header)
    stop = min(size_bytes, int(last) + 1) if first and last else size_bytes
    return range(start, stop)
