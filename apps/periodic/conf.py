"""Settings of periodic: ``SMALLWEB_PERIODIC``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..core.conf import AppSettings


class PeriodicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults of jobs and bounds of runs.

    ``timeout_s``, ``keep_runs``, ``alert_after`` and ``catch_up`` hold for jobs that say nothing else.
    ``max_value_bytes``: the longest value of a function. ``max_page_bytes``: the largest page that is
    changed. ``lock_timeout_s``: how long a run waits for another writer of its page. ``retry_delay_s``:
    the pause before the first retry; it doubles with each further one.
    """

    timeout_s: Annotated[float, Meta(gt=0)] = 60.0
    keep_runs: Annotated[int, Meta(ge=0)] = 200
    alert_after: Annotated[int, Meta(ge=0)] = 3
    catch_up: Literal["skip", "once", "all"] = "once"
    max_value_bytes: Annotated[int, Meta(gt=0)] = 2**20
    max_page_bytes: Annotated[int, Meta(gt=0)] = 20 * 2**20
    lock_timeout_s: Annotated[float, Meta(ge=0)] = 10.0
    retry_delay_s: Annotated[float, Meta(ge=0)] = 5.0


periodic_settings = AppSettings("SMALLWEB_PERIODIC", PeriodicSettings)
