"""Send files to a site that receives them, and go on where a broken line stopped: the standard library alone."""

from __future__ import annotations

from .exceptions import LineBroken, UploadRefused
from .upload_file import Progress, upload_file

__all__ = ["LineBroken", "Progress", "UploadRefused", "upload_file"]
