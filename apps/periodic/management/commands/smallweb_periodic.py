"""``manage.py smallweb_periodic run|list|pause|resume``: the jobs from the command line and from cron."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ....core.models import State
from ....core.sync import sync_all
from ...models import Job, JobRun, Page
from ...services.control_jobs import pause, resume
from ...services.dry_run import dry_run
from ...services.find_due import find_due_pages
from ...services.recover_runs import recover_runs
from ...services.run_page import run_jobs, run_page


class Command(BaseCommand):
    help = "Run, list, pause and resume the jobs that keep pages fresh."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run", help="run jobs here and now, without a worker")
        which = run.add_mutually_exclusive_group(required=True)
        which.add_argument("--job", metavar="NAME", help="this job, due or not")
        which.add_argument("--due", action="store_true", help="what is due: for a line in cron")
        which.add_argument("--all", action="store_true", help="every enabled job, due or not")
        run.add_argument("--dry-run", action="store_true", help="print what would change in the pages")
        actions.add_parser("list", help="list the jobs")
        for action in ("pause", "resume"):
            actions.add_parser(action, help=f"{action} jobs").add_argument("jobs", nargs="+", metavar="NAME")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        sync_all()
        getattr(self, f"_{action}")(options)

    def _run(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            self._dry_run(options)
            return
        if options["due"]:
            runs = list(_run_due())
        else:
            jobs = self._chosen(options)
            runs = run_jobs(jobs)
            self._tell_busy(jobs, runs)
        failed = [run for run in runs if run.state != State.SUCCESSFUL]
        for run in failed:
            self.stderr.write(f"{run.job.name}: {run.error}")
        self.stdout.write(f"{len(runs) - len(failed)} jobs done, {len(failed)} failed")
        if failed:
            raise CommandError("Not every run did well; the reasons stand above.", returncode=3)

    def _tell_busy(self, jobs: list[Job], runs: list[JobRun]) -> None:
        for job in jobs:
            if job.pk not in {run.job_id for run in runs}:
                self.stderr.write(f"{job.name}: left out, it is running already")

    def _dry_run(self, options: dict[str, Any]) -> None:
        jobs = self._chosen(options)
        for page in Page.objects.filter(pk__in={job.page_id for job in jobs}):
            outcome = dry_run(page, [job for job in jobs if job.page_id == page.pk])
            self.stdout.write(outcome.diff or f"{page.name}: nothing would change\n", ending="")
            for name, problem in outcome.problems.items():
                self.stderr.write(f"{name}: {problem}")

    def _chosen(self, options: dict[str, Any]) -> list[Job]:
        if options["job"]:
            return self._named([options["job"]])
        jobs = Job.objects.due(timezone.now()).idle() if options["due"] else Job.objects.live()
        return list(jobs.select_related("page").order_by("page__name", "name"))

    def _named(self, names: list[str]) -> list[Job]:
        jobs = list(Job.objects.filter(name__in=names).select_related("page"))
        if missing := set(names) - {job.name for job in jobs}:
            raise CommandError(f"No job is called {', '.join(sorted(missing))}; see smallweb_periodic list.")
        return jobs

    def _list(self, options: dict[str, Any]) -> None:
        for job in Job.objects.select_related("page"):
            due = (
                "paused"
                if not job.enabled
                else f"{job.next_due:%Y-%m-%d %H:%M:%S}Z"
                if job.next_due
                else "never"
            )
            self.stdout.write(f"{job.name:40} {job.every or job.cron:14} {due:21} {job.last_state}")

    def _pause(self, options: dict[str, Any]) -> None:
        for job in self._named(options["jobs"]):
            pause(job)
            self.stdout.write(f"{job.name}: paused")

    def _resume(self, options: dict[str, Any]) -> None:
        for job in self._named(options["jobs"]):
            resume(job, now=timezone.now())
            self.stdout.write(f"{job.name}: next run {job.next_due}")


def _run_due() -> Iterator[JobRun]:
    """Run what is due until there is no more: a job may have several missed times to catch up with."""
    until = timezone.now()
    recover_runs(until)
    pages = [hint.key for hint in find_due_pages(until)]
    while pages:
        runs = [run for page in pages for run in run_page(page)]
        yield from runs
        # Only pages on which something could be run: what another worker holds is its own business.
        done = {run.job.page_id for run in runs}
        pages = [hint.key for hint in find_due_pages(until) if hint.key in done]
