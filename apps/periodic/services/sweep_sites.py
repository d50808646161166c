"""Remove what writers that were killed have left beside the pages."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from ...core.conf import core_settings
from .page_temporaries import sweep_temporaries

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
OLDER_THAN_S = 300.0

_last: datetime | None = None


def sweep_sites(now: datetime) -> int:
    """Sweep all site folders, at most once an hour in a process; return how many files were removed."""
    global _last
    if _last is not None and _last <= now < _last + EVERY:
        return 0
    _last = now
    folders = [folder for folder in core_settings().sites.values() if folder.is_dir()]
    removed = sum(
        sweep_temporaries(folder, older_than_s=OLDER_THAN_S, now=now.timestamp()) for folder in folders
    )
    if removed:
        logger.warning("removed=%s temporary files of writers that were killed", removed)
    return removed
