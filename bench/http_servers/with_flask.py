"""Flask's own server and dispatching by import at each request, as kernkoa does it, written anew."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from flask import Flask, Response, request

app = Flask(__name__)


class Open:
    def hello(self, params: dict[str, Any]) -> Any:
        return "hello world"

    def echo(self, params: dict[str, Any]) -> Any:
        return params["data"]

    def add(self, params: dict[str, Any]) -> Any:
        return int(params["a"]) + int(params.get("b", "0"))


@app.route("/<path:url>", methods=["GET", "POST"])
def dispatch(url: str) -> Any:
    *folders, library, class_, method = url.split("/")
    found = getattr(importlib.import_module(".".join((*folders, library))), class_)()
    params: dict[str, Any] = {"get": request.args.to_dict(), **request.args.to_dict(), "urlpath": url}
    if request.is_json:
        params["data"] = request.get_json()
    answer = getattr(found, method)(params)
    return answer if isinstance(answer, str | Response) else app.json.response(answer)


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=int(sys.argv[1]), threaded=True)
