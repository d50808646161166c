"""Arguments as logs show them: without secrets, bounded."""

from __future__ import annotations

import json
from typing import Any

from .redact import redact
from .text import storable

MAX_TEXT = 200
MAX_JSON = 2_000
CUT = "\N{HORIZONTAL ELLIPSIS}"


def shown_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as JSON of at most about MAX_JSON characters, with nothing that looks secret."""
    short = _shortened(redact(arguments))
    text = json.dumps(short, ensure_ascii=False)
    return short if len(text) <= MAX_JSON else {CUT: text[:MAX_JSON]}


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        text = storable(value)
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}{CUT}"
    if isinstance(value, dict):
        return {storable(name)[:MAX_TEXT]: _shortened(held) for name, held in value.items()}
    return [_shortened(item) for item in value] if isinstance(value, list) else value
