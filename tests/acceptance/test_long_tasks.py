"""Tasks that last, and what else is due meanwhile."""

from __future__ import annotations

import pytest

from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def test_long_tasks_stand_in_line_and_keep_no_page_waiting(hosted: HostedSite) -> None:
    site = hosted
    site.add_page("index.html", ["a"])
    site.add_note("index.html", "a")
    shell = SiteShell(site)
    KeptCluster(site)
    shell.trace("one", "two", "three", hold_s=50)
    wait_for(lambda: len(site.starts()) == 2, limit_s=20, what=f"two tasks at once; {site.log()[-2000:]}")
    site.wait_for_more("a", 4)
    assert len(site.starts()) == 2
    assert sorted(run["state"] for run in shell.runs()) == ["READY", "RUNNING", "RUNNING"]


def test_who_starts_next_takes_back_at_once_what_a_killed_cluster_ran(hosted: HostedSite) -> None:
    site = hosted
    shell = SiteShell(site)
    first = KeptCluster(site)
    (key,) = shell.trace("a", hold_s=0.5)
    wait_for(lambda: len(site.starts()) == 1, limit_s=20)
    first.kill_all()
    KeptCluster(site)  # another tree: it knows the dead one by its lock alone
    wait_for(lambda: shell.runs([key])[0]["state"] == "SUCCESSFUL", limit_s=20)
    assert [run["interruptions"] for run in shell.runs([key])] == [1]
