"""A real qcluster in the list of clusters: it comes, says that it lives, and leaves."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from tests.acceptance.hosted_site import Cluster, HostedSite
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def _health(site: HostedSite, check: str) -> dict[str, Any]:
    ended = site.run("smallweb_health", "--json")
    (result,) = [result for result in json.loads(ended.stdout)["checks"] if result["name"] == check]
    return dict(result)


def _listed(site: HostedSite) -> list[dict[str, Any]]:
    ended = site.run("dumpdata", "smallweb_core.cluster")
    return [{"id": row["pk"], **row["fields"]} for row in json.loads(ended.stdout)]


def test_a_cluster_lists_itself_lives_and_leaves(hosted: HostedSite) -> None:
    site = hosted
    assert _health(site, "workers")["level"] == "warning"
    process = site.start("qcluster", "--workers", "1")
    cluster = Cluster.of(process.pid, tasks_at_once=1)
    (listed,) = wait_for(lambda: _listed(site), limit_s=20)
    assert (listed["pid"], listed["workers"]) == (process.pid, 2)
    assert _health(site, "workers")["says"] == "Clusters that live: 1, with 2 workers."
    os.kill(cluster.pusher, signal.SIGKILL)
    wait_for(lambda: _listed(site)[0]["seen_at"] > listed["seen_at"], limit_s=20)
    assert (_listed(site)[0]["id"], _listed(site)[0]["started_at"]) == (listed["id"], listed["started_at"])
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert not _listed(site)
