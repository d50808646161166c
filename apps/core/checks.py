"""System checks of the shared ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Warning, register

from .conf import AppSettings, core_settings


def settings_errors(settings: AppSettings[Any], check_id: str) -> list[CheckMessage]:
    """Turn the problems of an app's settings dict into check errors with this id."""
    hint = f"Correct {settings.name} in your settings."
    return [Error(problem, hint=hint, id=check_id) for problem in settings.problems()]


@register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return settings_errors(core_settings, "smallweb_core.E001")


@register()
def check_sites(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a site folder so wide that a job could change anything; tell of one that is missing."""
    messages: list[CheckMessage] = []
    for prefix, folder in core_settings().sites.items():
        if prefix != prefix.strip("/"):
            messages.append(
                Error(
                    f"The site prefix {prefix!r} begins or ends with a slash.",
                    hint=f"Write {prefix.strip('/')!r} in SMALLWEB_CORE['SITES'].",
                    id="smallweb_core.E002",
                )
            )
        if folder.resolve() == folder.resolve().parent:
            messages.append(
                Error(
                    f"The site folder of {prefix!r} is the whole machine.",
                    hint="Name a folder that holds nothing but the site in SMALLWEB_CORE['SITES'].",
                    id="smallweb_core.E003",
                )
            )
        elif not folder.is_dir():
            messages.append(
                Warning(
                    f"The site folder {str(folder)!r} does not exist.",
                    hint="Make it, or name another in SMALLWEB_CORE['SITES'].",
                    id="smallweb_core.W001",
                )
            )
    return messages


@register()
def check_app_order(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Our qcluster and runserver commands win only when core stands before django_q and daphne."""
    order = [config.name for config in apps.get_app_configs()]
    return [
        Error(
            f"{other} stands before smallweb.core in INSTALLED_APPS.",
            hint=f"Move 'smallweb.core' above {other!r}: its commands must win.",
            id="smallweb_core.E004",
        )
        for other in ("django_q", "daphne")
        if other in order and order.index(other) < order.index("smallweb.core")
    ]
