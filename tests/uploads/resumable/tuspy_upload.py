"""Uploads with tuspy what the argument says in JSON: to, headers, options of an uploader, stop_at."""

from __future__ import annotations

import json
import sys
from typing import Any

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError


def main() -> None:
    order = json.loads(sys.argv[1])
    print(json.dumps(_upload(order)))


def _upload(order: dict[str, Any]) -> dict[str, Any]:
    try:
        uploader = TusClient(order["to"], headers=order["headers"]).uploader(**order["options"])
        began_at = uploader.offset
        uploader.upload(stop_at=order.get("stop_at"))
    except TusCommunicationError as error:
        return {"error": str(error), "status": error.status_code}
    return {"url": uploader.url, "offset": uploader.offset, "began_at": began_at}


if __name__ == "__main__":
    main()
