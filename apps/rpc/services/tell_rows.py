"""Have a change of the rows hold at once in this process, and shown by the admin's pages."""

from __future__ import annotations

import logging

from django.db import transaction

from ...core.channels import publish
from ...core.exceptions import SmallwebError
from .policy import get_policy

logger = logging.getLogger(__name__)

ROWS_CHANNEL = "admin/smallweb_rpc/rows"


def tell_rows_changed() -> None:
    """Do it once the transaction is committed; other processes read the rows again within a second."""
    transaction.on_commit(_tell)


def _tell() -> None:
    get_policy().forget()
    try:
        publish(ROWS_CHANNEL, {})
    except SmallwebError as error:
        logger.warning("the pages of objects are not live: %s", error)
