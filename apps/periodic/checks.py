"""System checks of periodic: what the code declares must make sense before anything runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError

from ..core.checks import settings_errors
from ..core.exceptions import SmallwebError
from ..core.sites.paths import locate
from .conf import periodic_settings
from .models import Job
from .registry import JobEntry, PageEntry, jobs, pages
from .services.sync_jobs import page_name


@register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return settings_errors(periodic_settings, "smallweb_periodic.E001")


@register()
def check_jobs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each job's page must be in a site, and each of its arguments one that a person could save."""
    return [
        Error(
            f"The job {entry.name!r} of {entry.origin}: {problem}",
            hint="Correct the arguments of its job() in the code.",
            id="smallweb_periodic.E002",
        )
        for entry in jobs
        for problem in _problems_of_job(entry)
    ]


@register()
def check_pages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{entry.origin}: {problem}",
            hint="Name a page below a folder of SMALLWEB_CORE['SITES'].",
            id="smallweb_periodic.E003",
        )
        for entry in pages
        if (problem := _problem_of_page(entry))
    ]


def _problems_of_job(entry: JobEntry) -> list[str]:
    values = dict(entry.values)
    try:
        json.dumps(values["kwargs"])
    except (TypeError, ValueError) as error:
        return [f"kwargs: {error}; give values that JSON knows."]
    try:
        page_name(entry)
        job = Job(name=entry.name, function=entry.function, **values)
        job.clean_fields(exclude=["page"])
        job.clean()
    except SmallwebError as error:
        return [str(error)]
    except ValidationError as error:
        return [f"{field}: {' '.join(problems)}" for field, problems in error.message_dict.items()]
    return []


def _problem_of_page(entry: PageEntry) -> str:
    try:
        locate(entry.name)
    except SmallwebError as error:
        return str(error)
    return ""
