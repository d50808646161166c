"""Values of headers, read strictly."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from ..exceptions import BadHeader

Headers = Mapping[str, str]

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)  # as many digits as RFC 9651 lets an integer have
_BOOLEANS = {"?0": False, "?1": True}


def number(headers: Headers, name: str) -> int | None:
    """Return a header that is a whole number, 0 or more; None without it. Raises BadHeader."""
    given = headers.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given.strip(" ")):
        raise BadHeader(f"{name} is {given!r:.80}; it must be a whole number.")
    return int(given)


def boolean(headers: Headers, name: str) -> bool | None:
    """Return a header that is a boolean of RFC 9651 (``?0``, ``?1``); None without it. Raises BadHeader."""
    given = headers.get(name)
    if given is None:
        return None
    if given.strip(" ") not in _BOOLEANS:
        raise BadHeader(f"{name} is {given!r:.80}; it must be ?1 or ?0.")
    return _BOOLEANS[given.strip(" ")]


def wanted(name: str, value: int | None) -> int:
    """Return the value of a header that must be there. Raises BadHeader."""
    if value is None:
        raise BadHeader(f"The header {name} is missing.")
    return value


def bytes_of(name: str, text: str) -> bytes:
    """Return what Base64 stands for. Raises BadHeader."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadHeader(f"{name} has {text!r:.80}, which is no Base64.") from error


def media_type(headers: Headers) -> str:
    """Return the type of the content, without parameters, in lower case."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def refuses_content(headers: Headers) -> bool:
    """Whether the headers say that no content follows."""
    return headers.get("Content-Length", "0") == "0" and "Transfer-Encoding" not in headers
