"""What django-q2's workers run."""

from __future__ import annotations

import logging

from .cluster.stop import is_stopping
from .cluster.work import work_sources

logger = logging.getLogger(__name__)


def run_work(source: str, key: int) -> None:
    """Have the source claim and do what this key names; a fault of ours is logged, the work stays due."""
    if is_stopping():
        return
    try:
        work_sources.get(source).run(key)
    except Exception:
        logger.exception("source=%s key=%s broke off", source, key)
