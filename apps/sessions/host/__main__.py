"""``python -m smallweb.sessions.host FOLDER``: a host that ends with the last web process."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from ...core.exceptions import AlreadyRuns
from .main import run_host

with suppress(AlreadyRuns):
    run_host(Path(sys.argv[1]), while_used=True)
