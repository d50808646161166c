"""A database that is locked, or drops its connections, loses no result and starts nothing twice."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

TIMES = 20 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 2 if os.environ.get("CI") else 1
LOCKED_S = 3.0


@contextmanager
def _foreign_lock(site: HostedSite) -> Iterator[None]:
    database = sqlite3.connect(site.folder / "db.sqlite3", timeout=20, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.rollback()
        database.close()


def _wait_for_begin(site: HostedSite, name: str) -> None:
    wait_for(lambda: site.starts(name), limit_s=30, what=f"a start of {name}; log: {site.log()[-3000:]}")


def _assert_successful_and_started_once(shell: SiteShell, key: int, name: str) -> None:
    wait_for(
        lambda: shell.runs([key])[0]["state"] == "SUCCESSFUL",
        limit_s=30, what=f"the result of {name}: {shell.runs([key])}; log: {shell.site.log()[-3000:]}",
    )  # fmt: skip
    (run,) = shell.runs([key])
    assert (run["result"], run["attempt"], run["interruptions"]) == (name, 1, 0)
    assert len(shell.site.starts(name)) == 1


def test_a_result_waits_until_a_locked_database_takes_it(hosted: HostedSite) -> None:
    hosted.more_environment["SMALLWEB_TEST_SQLITE_TIMEOUT_S"] = "1"
    cluster, shell = KeptCluster(hosted), SiteShell(hosted)
    for n in range(TIMES):
        name = f"locked-{n}"
        (key,) = shell.trace(name, hold_s=0.5)
        _wait_for_begin(hosted, name)
        with _foreign_lock(hosted):
            wait_for(lambda name=name: hosted.starts(name)[0].ended_ns)  # type: ignore[misc]
            time.sleep(LOCKED_S)
            assert shell.runs([key])[0]["state"] == "RUNNING"
        _assert_successful_and_started_once(shell, key, name)
    assert "the database did not take a write" in hosted.log()
    cluster.stop()


def test_a_result_is_stored_over_another_connection_when_all_are_cut(hosted_on_postgres: HostedSite) -> None:
    import psycopg

    site = hosted_on_postgres
    cluster, shell = KeptCluster(site), SiteShell(site)
    for n in range(TIMES):
        name = f"cut-{n}"
        (key,) = shell.trace(name, hold_s=1.0)
        _wait_for_begin(site, name)
        time.sleep(0.3)  # its worker has had time to look after it
        with psycopg.connect(site.database_url or "") as own:
            cut = own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        assert cut
        _assert_successful_and_started_once(shell, key, name)
        (following,) = shell.trace(f"after-{name}")
        _assert_successful_and_started_once(shell, following, f"after-{name}")
    cluster.stop()


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes as long as running work may take: in CI")
def test_a_cluster_can_be_stopped_while_the_database_is_locked(hosted: HostedSite) -> None:
    cluster, shell = KeptCluster(hosted), SiteShell(hosted)
    (key,) = shell.trace("locked", hold_s=0.5)
    _wait_for_begin(hosted, "locked")
    with _foreign_lock(hosted):
        cluster.stop(limit_s=30)
        assert shell.runs([key])[0]["state"] == "RUNNING"
    cluster.restart()
    wait_for(lambda: shell.runs([key])[0]["state"] == "SUCCESSFUL", limit_s=20)
    assert [start.attempt for start in hosted.starts("locked")] == [1, 2]
    cluster.stop()
