"""Tell the log, the site's own code and the admin how runs ended, after that is recorded."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.db import transaction

from ..channels import publish
from ..exceptions import SmallwebError
from ..models import Execution, State, TaskRun
from ..signals import run_failed, run_finished

logger = logging.getLogger(__name__)

LIVE_CHANNEL = "admin/smallweb_core/tasks"
# The admin's list fetches itself anew at each publication: twice a second is live enough.
_ANNOUNCE_EVERY_S = 0.5
# A bus that is away may cost each of its callers a second.
_LEFT_ALONE_S = 10.0
_announced_at = 0.0


def tell_on_commit(runs: Sequence[TaskRun]) -> None:
    """Log failures and send the signals, when the transaction has committed; announce that there is news."""
    transaction.on_commit(lambda: tell_ends(runs), robust=True)
    announce()


def tell_ends(runs: Sequence[Execution]) -> None:
    """Log and signal those of these runs that have ended."""
    for run in runs:
        if run.is_active:
            logger.info("run=%s %s begins again: %s", run.pk, run, run.error)
            continue
        is_bad = run.state in (State.FAILED, State.LOST)
        run_finished.send_robust(sender=type(run), run=run)
        if is_bad:
            logger.warning("run=%s %s %s: %s", run.pk, run, run.state, run.error)
            run_failed.send_robust(sender=type(run), run=run)


def announce(*, always: bool = False) -> None:
    """Have the admin's lists look again; not more often than they can show, unless ``always``."""
    global _announced_at
    now = time.monotonic()
    if not always and now < _announced_at + _ANNOUNCE_EVERY_S:
        return
    _announced_at = now
    try:
        publish(LIVE_CHANNEL, {})
    except SmallwebError as error:
        _announced_at = time.monotonic() + _LEFT_ALONE_S
        logger.warning("the admin's lists are not live: %s", error)
