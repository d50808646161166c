"""izzati's own server, without its reloader: ``python -m bench.upload_servers.with_izzati PORT``."""

from __future__ import annotations

import os
import sys
from typing import Any

from izzati import Backend


def sizes(text: Any, data: list[Any]) -> list[int]:
    return [file.stream.seek(0, os.SEEK_END) for file in data]


if __name__ == "__main__":
    Backend(sizes).run(host="127.0.0.1", port=int(sys.argv[1]), use_reloader=False)
