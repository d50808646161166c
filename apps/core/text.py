"""Text that comes from anywhere, made fit for every database and every wire."""

from __future__ import annotations

from typing import Any

MAX_TEXT = 20_000
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Return a plain str with U+FFFD for what PostgreSQL or UTF-8 refuse: NUL and lone surrogates."""
    # Surrogates that pair up are one character; what is left alone stands for bytes nobody could decode.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", _REPLACEMENT)


def storable_json(value: Any) -> Any:
    """Return JSON whose texts are all ``storable``; values of other types stay as they are."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_json(name): storable_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    return value
