"""Have changes hold at once in this process, and shown by the pages of the admin."""

from __future__ import annotations

from ...core.tell_rows import Announcer, tell_rows
from .policy import policy

ROWS_CHANNEL = "admin/smallweb_uploads/rows"
UPLOADS_CHANNEL = "admin/smallweb_uploads/uploads"

tell_uploads = Announcer(UPLOADS_CHANNEL, every_s=1.0)
"""Have the pages of uploads look again, once a second at the most. It never raises."""


def tell_rows_changed() -> None:
    """Have changed rules of handlers and folders hold once the transaction is committed."""
    tell_rows(ROWS_CHANNEL, forget=policy.forget)
