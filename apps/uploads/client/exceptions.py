"""Why a file did not arrive."""

from __future__ import annotations

from ..exceptions import UploadError


class UploadRefused(UploadError):
    """The server does not take it: ``status`` and ``said`` are its words; a proxy's have no ``said``."""

    code = "upload_refused"

    def __init__(self, message: str, *, status: int = 0, said: str = "", pause_s: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.said = said
        self.pause_s = pause_s


class LineBroken(UploadError):
    """No answer came, however often it was tried."""

    code = "line_broken"
    status = 0
