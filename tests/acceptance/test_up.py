"""``smallweb_up``, and ``runserver`` beside ``qcluster``: pages that change on disk and over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.processes import all_gone, free_port, tree_of
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@pytest.fixture
def clocked(hosted: HostedSite) -> HostedSite:
    """Return a site with one job that is due every second."""
    hosted.add_page("index.html", ["a"])
    hosted.add_note("index.html", "a")
    return hosted


@contextmanager
def _taken_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def _url(site: HostedSite) -> str:
    def look() -> str:
        found = re.search(r"Admin\s+(http://\S+)", site.log())
        return found[1] if found else ""

    return wait_for(look, limit_s=30, what=f"a greeting; log: {site.log()}")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def test_one_interrupt_ends_everything(clocked: HostedSite) -> None:
    with _taken_port() as port:
        up = clocked.start("smallweb_up", "--port", str(port), "--workers", "1")
        url = _url(clocked)
        assert f":{port}/" not in url
        assert f"Port {port} of 127.0.0.1 is taken; " in clocked.log()
        assert "Log in" in _get(url)
        assert re.search(r"Login {2}admin / \S+", clocked.log())
        clocked.wait_for_more("a", 1, limit_s=30)
        tree = tree_of(up.pid)
        assert len(tree) >= 6
        os.kill(up.pid, signal.SIGINT)
        assert up.wait(timeout=20) == 0
    assert all_gone(tree)
    assert "Traceback" not in clocked.log()


def test_services_that_die_are_started_again_and_nothing_outlives_the_supervisor(
    clocked: HostedSite,
) -> None:
    up = clocked.start("smallweb_up", "--port", str(free_port()), "--workers", "1")
    url = _url(clocked)
    clocked.wait_for_more("a", 1, limit_s=30)
    for victim in tree_of(up.pid)[1:3]:
        os.kill(victim, signal.SIGKILL)
    clocked.wait_for_more("a", 2, limit_s=30)
    wait_for(lambda: _answers(url), limit_s=20)
    tree = tree_of(up.pid)
    up.kill()
    up.wait()
    wait_for(lambda: all_gone(tree), limit_s=2)


def test_web_and_workers_run_in_two_terminals(clocked: HostedSite) -> None:
    port = free_port()
    clocked.start("runserver", "--noreload", f"127.0.0.1:{port}")
    clocked.start("qcluster")
    clocked.wait_for_more("a", 1, limit_s=30)
    wait_for(lambda: _answers(f"http://127.0.0.1:{port}/admin/login/"), limit_s=20)


def _answers(url: str) -> bool:
    try:
        return "Log in" in _get(url)
    except OSError:
        return False
