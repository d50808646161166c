"""A handler that asks the size of its files, as those of the peers do."""

from __future__ import annotations

from typing import Any

from smallweb.uploads import handler


@handler("sizes", access="public")
def sizes(text: dict[str, Any], data: list[Any]) -> list[int]:
    return [file.size_bytes for file in data]
