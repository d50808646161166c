"""Many sessions that come and go leave nothing in the host and the web server.

40 by default, 300 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import pytest

from tests.sessions.client import Visitor
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]
SESSIONS = 300 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 40
WARM_UP = 15
MAX_GROWTH_BYTES = 8 * 2**20


def _visit(site: Site, visitor: Visitor, count: int) -> None:
    for number in range(count):
        page = visitor.page("counter", str(number))
        with page.socket() as tab:
            tab.click("add")
        site.ask_host("end", ids=[page.id])
    wait_for(lambda: not site.hosted())


def _taken(pid: int) -> tuple[int, int]:
    process = psutil.Process(pid)
    return process.num_fds(), process.memory_info().rss


def test_descriptors_and_memory_do_not_grow(own_site: Site, come: Come) -> None:
    visitor = come(to=own_site)
    _visit(own_site, visitor, WARM_UP)
    assert own_site.process is not None
    pids = (own_site.host_pid, own_site.process.pid)
    before = [_taken(pid) for pid in pids]
    _visit(own_site, visitor, SESSIONS)
    for pid, (fds, memory) in zip(pids, before, strict=True):
        wait_for(lambda pid=pid, fds=fds: _taken(pid)[0] <= fds + 2)  # type: ignore[misc]
        assert _taken(pid)[1] - memory < MAX_GROWTH_BYTES
    assert not list((own_site.folder / "run/sessions").glob("*.session"))
