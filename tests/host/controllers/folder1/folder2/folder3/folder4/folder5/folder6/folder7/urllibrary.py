"""kernkoa's example of folders."""

from __future__ import annotations

from typing import Any

from smallweb.dispatch import Controller, Html


class urlclass(Controller, access="public", safe=True):
    def urlmethod2(self, params: Any = None) -> str:
        return Html("".join(f"{key} = {value}<br>" for key, value in params["get"].items()))
