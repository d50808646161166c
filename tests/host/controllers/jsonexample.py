"""kernkoa's way of taking JSON: it is in the params, as ``data``."""

from __future__ import annotations

from typing import Any

from smallweb.dispatch import Controller


class jsonclass(Controller, access="public"):
    def jsonmethod(self, params: Any = None) -> Any:
        return params
