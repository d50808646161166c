"""System checks of periodic: what the code declares must make sense before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils import timezone

from ..core.checks import settings_errors
from ..core.conf import core_settings
from ..core.exceptions import SmallwebError
from .conf import periodic_settings
from .registry import JobEntry, functions, jobs
from .schedule import CatchUp, Schedule, parse_every
from .services.check_call import call_problem
from .services.sync_jobs import page_name


@register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    messages = settings_errors(periodic_settings, "smallweb_periodic.E001")
    catch_up = periodic_settings().catch_up
    if catch_up not in list(CatchUp):
        messages.append(
            Error(
                f"SMALLWEB_PERIODIC['CATCH_UP'] is {catch_up!r}.",
                hint="Write 'skip', 'once' or 'all'.",
                id="smallweb_periodic.E001",
            )
        )
    return messages


@register()
def check_jobs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each job's page must be in a site, its schedule readable, its arguments fit its function."""
    return [
        Error(f"The job {entry.name!r} of {entry.origin}: {problem}", id="smallweb_periodic.E002")
        for entry in jobs
        if (problem := _problem(entry))
    ]


@register()
def check_sites_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if len(jobs) and not core_settings().sites:
        return [
            Warning(
                "There are jobs, but no site folder whose pages they may change.",
                hint="Name the folder in SMALLWEB_CORE['SITES'].",
                id="smallweb_periodic.W001",
            )
        ]
    return []


def _problem(entry: JobEntry) -> str:
    try:
        if core_settings().sites:
            page_name(entry)
        _schedule(entry)
    except SmallwebError as error:
        return str(error)
    return call_problem(functions.get(entry.function), entry.values["kwargs"])


def _schedule(entry: JobEntry) -> Schedule:
    values = entry.values
    return Schedule(
        every=parse_every(values["every"]) if values["every"] else None,
        cron=values["cron"],
        time_zone=values["time_zone"] or timezone.get_default_timezone_name(),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        anchor=timezone.now(),
    )
