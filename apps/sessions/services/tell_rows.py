"""Have a change of rows hold at once in this process, and shown by the pages of the admin."""

from __future__ import annotations

from ...core.tell_rows import tell_rows
from .sync_apps import rows

LIVE_TOPIC = "admin/smallweb_sessions/#"
ROWS_CHANNEL = "admin/smallweb_sessions/rows"


def tell_rows_changed() -> None:
    """Have changed rows of apps hold once the transaction is committed."""
    tell_rows(ROWS_CHANNEL, forget=rows.forget)
