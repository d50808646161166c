"""kernkoa's first example, in a folder."""

from __future__ import annotations

from typing import Any

from smallweb.dispatch import Controller, Html


class fastHelloClass(Controller, access="public", safe=True):
    def fastHelloWorld(self, params: Any = None) -> str:
        return "hello world!!."

    def fastHelloWorldWithParameters(self, params: Any = None) -> str:
        if not params["get"]:
            return "Hello World"
        returnData = ""
        for key, parameter in params["get"].items():
            returnData = returnData + key + " = " + parameter + "<br>"
        return Html(returnData)
