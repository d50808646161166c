"""Send files to a site, and go on where a broken line stopped: with the standard library alone."""

from __future__ import annotations

from .exceptions import LineBroken, UploadRefused
from .upload_file import Progress, upload_file

__all__ = ["LineBroken", "Progress", "UploadRefused", "upload_file"]
