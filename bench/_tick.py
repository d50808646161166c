"""What a look around costs the workers when 10,000 jobs exist and none is due."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench._measure import in_fresh_process, report
from bench.host.environment import environment_of
from bench.host.prepare import prepare
from bench.host.scenario import Scenario

JOBS, PAGES, RUNS_OF_EACH, LOOKS = 10_000, 100, 10, 201
ROOM = 4  # in the workers' queue


@dataclass(frozen=True)
class Tick:
    """Medians in seconds: a look with the pause after it, and the sweep for dead workers, due every 5 s."""

    look_s: float
    sweep_s: float


def measure_tick(data: Path) -> Tick:
    """Measure in a process of its own, with ten finished runs of each job in the database."""
    scenario = Scenario(jobs=0, pages=0)
    prepare(data, scenario)
    return in_fresh_process(Tick, "bench._tick", data, environment_of(data, scenario))


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from smallweb.core.cluster.lookout import Lookout
    from smallweb.periodic.tasks import page_work

    fill()
    lookout, looks, sweeps = Lookout(), [], []
    lookout.look(timezone.now(), limit=ROOM)
    for _ in range(LOOKS):
        now, started = timezone.now(), time.perf_counter()
        lookout.look(now, limit=ROOM)
        lookout.pause_s(now)
        looks.append(time.perf_counter() - started)
        started = time.perf_counter()
        page_work.recover(now, None)
        sweeps.append(time.perf_counter() - started)
    report(Tick(median(looks), median(sweeps)))


def fill() -> None:
    """Make the jobs, all due tomorrow, and their runs, all finished."""
    from django.utils import timezone

    from smallweb.core.models import State
    from smallweb.periodic.models import Job, JobRun, Page

    now = timezone.now()
    pages = Page.objects.bulk_create(Page(name=f"page-{number}.html") for number in range(PAGES))
    jobs = Job.objects.bulk_create(
        Job(
            name=f"job-{number}",
            page=pages[number % PAGES],
            function="none",
            tag_id=f"tag-{number}",
            every="1d",
            next_due=now + timedelta(days=1),
            wake_at=now + timedelta(days=1),
        )
        for number in range(JOBS)
    )
    for day in range(1, RUNS_OF_EACH + 1):
        due_at = now - timedelta(days=day)
        JobRun.objects.bulk_create(
            JobRun(job=job, due_at=due_at, run_after=due_at, state=State.SUCCESSFUL, finished_at=due_at)
            for job in jobs
        )


if __name__ == "__main__":
    main()
