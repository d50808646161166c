"""Two clusters on one database share the work."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

TASKS = 300


@pytest.mark.parametrize("kind", ["hosted", "hosted_on_postgres"])
def test_two_clusters_start_each_task_once(kind: str, request: pytest.FixtureRequest) -> None:
    site: HostedSite = request.getfixturevalue(kind)
    shell = SiteShell(site)
    clusters = [KeptCluster(site), KeptCluster(site)]
    for cluster in clusters:
        wait_for(lambda cluster=cluster: len(cluster.members()) >= 7, limit_s=30)  # type: ignore[misc]
    keys = shell.trace(*(f"quick-{n}" for n in range(TASKS // 2)))
    keys += shell.trace(*(f"slow-{n}" for n in range(TASKS - TASKS // 2)), hold_s=0.03)
    wait_for(
        lambda: all(run["state"] == "SUCCESSFUL" for run in shell.runs(keys)),
        limit_s=60, what=f"an end of all; log: {site.log()[-3000:]}",
    )  # fmt: skip
    for cluster in clusters:
        cluster.stop()
    starts = site.starts()
    assert set(Counter(start.name for start in starts).values()) == {1}
    assert len(starts) == TASKS
    assert {run["attempt"] for run in shell.runs(keys)} == {1}
    assert len({start.pid for start in starts}) >= 4, "not all workers took part"
