"""What can be wrong with controllers and requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.exceptions import SmallwebError


class CannotDispatch(SmallwebError):
    """A controller, a method of it or an option cannot be what the code asks."""

    code = "cannot_dispatch"


class Refusal(SmallwebError):
    """An answer other than the method's own: ``status`` is that of HTTP, ``code`` its name in JSON."""

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
