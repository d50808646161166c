"""Workers that share nothing but a PostgreSQL database with those who make their work."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest

from tests.acceptance.hosted_site import Cluster, HostedSite, closing

pytestmark = pytest.mark.once

# A worker that hears nothing looks once a second: after half of that on the average.
HEARD_WITHIN_S = 0.25
MAKE_RUNS = """\
import json, time
from django.utils import timezone
from smallweb.periodic.models import Job, JobRun
from smallweb.periodic.services.control_jobs import run_now

delays = []
for _ in range(20):
    run = run_now(Job.objects.get(name="a"), now=timezone.now())
    made_at = time.time()
    while not JobRun.objects.final().filter(pk=run.pk).exists():
        assert time.time() < made_at + 20, "it does not run"
        time.sleep(0.01)
    delays.append(JobRun.objects.get(pk=run.pk).started_at.timestamp() - made_at)
    time.sleep(0.02)
print(json.dumps(delays))
"""


def test_work_that_is_made_on_another_machine_begins_at_once(
    hosted_on_postgres: HostedSite, tmp_path: Path
) -> None:
    site = hosted_on_postgres
    site.add_page("index.html", ["a"])
    site.add_note("index.html", "a", every="24h")
    Cluster.of(site.start("qcluster").pid)
    site.wait_for_more("a", 1, limit_s=30)
    with closing(HostedSite(tmp_path / "elsewhere", site.database_url)) as elsewhere:
        elsewhere.jobs = site.jobs
        made = elsewhere.run("shell", "-v", "0", "-c", MAKE_RUNS)
        assert made.returncode == 0, made.stderr
    delays = json.loads(made.stdout)
    assert statistics.median(delays) < HEARD_WITHIN_S, sorted(delays)
