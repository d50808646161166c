"""The header Upload-Metadata: what a client says of a file, in pairs of a key and Base64."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..exceptions import BadHeader
from .fields import bytes_of

MAX_BYTES = 8 * 2**10
MAX_TYPE = 100
_HEADER = "Upload-Metadata"
_NAMES = ("filename", "name")
_TYPES = ("filetype", "type")
_DROPPED = "csrfmiddlewaretoken"


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """``text``: all keys but those of the file's own name and type."""

    name: str = ""
    content_type: str = ""
    text: dict[str, str] = field(default_factory=dict)


def read_metadata(header: str) -> Metadata:
    """Read ``key base64,key base64``; a key may stand without a value. Raises BadHeader."""
    if len(header) > MAX_BYTES:
        raise BadHeader(f"{_HEADER} has {len(header)} characters; at most {MAX_BYTES} are taken.")
    pairs = _pairs(header)
    text = {key: value for key, value in pairs.items() if key not in (*_NAMES, *_TYPES, _DROPPED)}
    content_type = _first(pairs, _TYPES)
    if len(content_type) > MAX_TYPE:
        raise BadHeader(f"The type in {_HEADER} has more than {MAX_TYPE} characters.")
    return Metadata(name=_first(pairs, _NAMES), content_type=content_type, text=text)


def _pairs(header: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip(" ").partition(" ")
        if not key or not key.isascii() or key in pairs:
            raise BadHeader(f"{_HEADER} has the key {key!r:.80}; keys are ASCII, not empty, and differ.")
        pairs[key] = _text(key, value)
    return pairs


def _text(key: str, value: str) -> str:
    try:
        text = bytes_of(_HEADER, value).decode()
    except UnicodeDecodeError as error:
        raise BadHeader(f"The value of {key!r:.80} in {_HEADER} is no UTF-8.") from error
    if "\0" in text:
        raise BadHeader(f"The value of {key!r:.80} in {_HEADER} has a character NUL.")
    return text


def _first(pairs: dict[str, str], names: tuple[str, ...]) -> str:
    return next((pairs[name] for name in names if name in pairs), "")
