"""Settings of periodic: ``SMALLWEB_PERIODIC``."""

from __future__ import annotations

import msgspec

from ..core.conf import AppSettings


class PeriodicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults of jobs and bounds of runs.

    ``timeout_s``, ``keep_runs``, ``alert_after`` and ``catch_up`` hold for jobs that say nothing else.
    ``max_value_bytes``: the longest value of a function. ``max_page_bytes``: the largest page that is
    changed. ``lock_timeout_s``: how long a run waits for another writer of its page. ``retry_delay_s``:
    the pause before the first retry; it doubles with each further one.
    """

    timeout_s: float = 60.0
    keep_runs: int = 200
    alert_after: int = 3
    catch_up: str = "once"
    max_value_bytes: int = 2**20
    max_page_bytes: int = 20 * 2**20
    lock_timeout_s: float = 10.0
    retry_delay_s: float = 5.0


periodic_settings = AppSettings("SMALLWEB_PERIODIC", PeriodicSettings)
