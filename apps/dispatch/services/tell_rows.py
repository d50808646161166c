"""Have a change of the rows hold at once in this process, and shown by the pages of the admin."""

from __future__ import annotations

from ...core.tell_rows import tell_rows
from .policy import policy

ROWS_CHANNEL = "admin/smallweb_dispatch/rows"


def tell_rows_changed() -> None:
    """Do it once the transaction is committed."""
    tell_rows(ROWS_CHANNEL, forget=policy.forget)
