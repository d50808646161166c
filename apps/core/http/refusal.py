"""An answer other than the one that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import SmallwebError


class Refusal(SmallwebError):
    """``status`` is that of HTTP, ``code`` its name in JSON; ``data`` stands beside it there."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.data = dict(data or {})
        self.headers = dict(headers or {})
