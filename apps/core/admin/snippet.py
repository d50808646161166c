"""Text for people to copy into a program."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

VARIABLE = "SMALLWEB_TOKEN"
"""The variable of the environment that snippets read a token from."""


class Snippet(NamedTuple):
    title: str
    text: str


def code_of(value: Any) -> str:
    """Return the value as JSON, which is JavaScript."""
    return json.dumps(value, ensure_ascii=False)
