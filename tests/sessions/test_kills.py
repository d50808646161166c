"""Whatever is killed: nothing is left running, and the next page works.

3 times by default, 20 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.acceptance.processes import free_port
from tests.sessions.client import Visitor
from tests.sessions.site import Site
from tests.waiting import is_alive, wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]
TIMES = 20 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 3
LIMIT_S = 2.0


def _use(site: Site, come: Come) -> None:
    """Have three sessions, one of which is stuck."""
    visitor = come(to=site)
    for name in ("counter", "streamer"):
        visitor.page(name)
    page = visitor.page("patient")
    with page.socket() as tab:
        tab.send(page.does("loop"))
        wait_for(lambda: any(one["busy_s"] for one in site.hosted()))


def _wait_for_the_end(processes: list[psutil.Process]) -> None:
    wait_for(
        lambda: not any(is_alive(process.pid) for process in processes), limit_s=LIMIT_S, what=str(processes)
    )


def test_nothing_is_left_when_the_web_server_is_killed(own_site: Site, come: Come) -> None:
    for _ in range(TIMES):
        _use(own_site, come)
        processes = own_site.processes()
        assert len(processes) >= 8  # the web server, the host, three templates, three sessions
        own_site.kill()
        _wait_for_the_end(processes)
        own_site.start()


def test_nothing_is_left_when_the_host_is_killed_and_the_next_page_works(own_site: Site, come: Come) -> None:
    assert own_site.process is not None
    for _ in range(TIMES):
        _use(own_site, come)
        processes = [process for process in own_site.processes() if process.pid != own_site.process.pid]
        os.kill(own_site.host_pid, signal.SIGKILL)
        _wait_for_the_end(processes)
        assert come(to=own_site).page("counter").shown() == "0"


def test_requests_that_wait_while_the_host_dies_are_answered(own_site: Site, come: Come) -> None:
    visitor = come(to=own_site)
    page = visitor.page("counter")
    os.kill(own_site.host_pid, signal.SIGSTOP)
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(visitor.page, "counter") for _ in range(4)]
        own_site.rows("SELECT 1")
        os.kill(own_site.host_pid, signal.SIGKILL)
        pages = [asked.result(30) for asked in asking]
    assert {one.shown() for one in pages} == {"0"}
    assert page.id not in {one.id for one in pages}


def test_a_web_server_that_is_stopped_leaves_nothing(own_site: Site, come: Come) -> None:
    _use(own_site, come)
    processes = own_site.processes()
    own_site.stop()
    _wait_for_the_end(processes)


def test_two_web_processes_share_a_host_and_the_sessions(own_site: Site, come: Come, tmp_path: Path) -> None:
    other = Site(tmp_path, free_port())
    other.start()
    try:
        visitors = [come("ann", to=site) for site in (own_site, other) * 2]
        with ThreadPoolExecutor(4) as pool:
            pages = list(pool.map(lambda visitor: visitor.page("counter"), visitors))
        assert len({page.id for page in pages}) == 1
        hosts = [one for one in own_site.processes() if "smallweb.sessions.host" in " ".join(one.cmdline())]
        assert len(hosts) == 1
        with pages[0].socket(tab="one") as one, pages[1].socket(tab="two") as two:
            one.click("add")
            assert "update" in two.hear()
        own_site.kill()
        assert pages[1].reload().shown() == "1"
    finally:
        other.kill()
