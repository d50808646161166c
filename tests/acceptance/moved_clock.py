"""The wall clock of a site's processes, moved by the seconds in a file; monotonic time goes on as it is.

libfaketime would do it from outside, but its version in Debian 12 breaks the ``time.sleep`` of Python 3.11.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

VARIABLE = "SMALLWEB_TEST_CLOCK"


def follow_file() -> None:
    """Have this process, and all that it forks, read the clock so."""
    path = Path(os.environ[VARIABLE])
    real_now: Callable[[], datetime] = timezone.now
    real_time = time.time

    def ahead_s() -> float:
        return float(path.read_text())

    timezone.now = lambda: real_now() + timedelta(seconds=ahead_s())
    time.time = lambda: real_time() + ahead_s()
