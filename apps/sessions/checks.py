"""System checks of sessions."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.apps import apps as django_apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from ..core.access import parse_rule
from ..core.exceptions import BadAccessRule
from .conf import sessions_settings
from .registry import apps

_NO_KEY = "django.contrib.sessions.backends.signed_cookies"
_LIMITS = ("max_sessions", "max_per_visitor", "memory_mb")


@register
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E001: an unknown key or unusable value. E002: an access rule that is none."""
    found: list[CheckMessage] = [
        Error(problem, hint="docs/sessions.md lists the settings.", id="smallweb_sessions.E001")
        for problem in sessions_settings.problems()
    ]
    try:
        parse_rule(sessions_settings().access)
    except BadAccessRule as error:
        found.append(Error(f"SMALLWEB_SESSIONS: {error}", id="smallweb_sessions.E002"))
    return found


@register
def check_logins(**kwargs: Any) -> list[CheckMessage]:
    """E003: no sessions of Django, or such as have no key: nobody could be told from another."""
    if not django_apps.is_installed("django.contrib.sessions"):
        hint = "Add 'django.contrib.sessions' to INSTALLED_APPS and its middleware to MIDDLEWARE."
        return [
            Error("Apps know their visitors by Django's sessions.", hint=hint, id="smallweb_sessions.E003")
        ]
    if settings.SESSION_ENGINE == _NO_KEY:
        hint = "Set SESSION_ENGINE to another one, such as 'django.contrib.sessions.backends.db'."
        return [Error(f"{_NO_KEY} gives sessions no key.", hint=hint, id="smallweb_sessions.E003")]
    return []


@register
def check_parano(**kwargs: Any) -> list[CheckMessage]:
    """E004: an app in parano mode, and no means for it."""
    if find_spec("cryptography") is not None:
        return []
    return [
        Error(
            f"The app {app.name!r} is in parano mode, which needs the package cryptography.",
            hint="Type: pip install 'django-smallweb[parano]'.",
            id="smallweb_sessions.E004",
        )
        for app in apps
        if app.parano
    ]


@register(deploy=True)
def check_tls(**kwargs: Any) -> list[CheckMessage]:
    """W003: an app in parano mode on a site that nobody reaches by TLS, as far as its settings say."""
    if settings.SECURE_PROXY_SSL_HEADER or settings.SESSION_COOKIE_SECURE:
        return []
    hint = "Put TLS before the site; set SESSION_COOKIE_SECURE, and SECURE_PROXY_SSL_HEADER behind a proxy."
    return [
        Warning(
            f"The app {app.name!r} is in parano mode, but its page comes without TLS: who changes the "
            "page on its way reads all that it says.",
            hint=hint,
            id="smallweb_sessions.W003",
        )
        for app in apps
        if app.parano
    ]


@register(deploy=True)
def check_limits(**kwargs: Any) -> list[CheckMessage]:
    """W001: no limit of processes or memory. W002: an app that shows tracebacks to everyone."""
    found: list[CheckMessage] = [
        Warning(
            f"SMALLWEB_SESSIONS['{name.upper()}'] is 0: visitors may take all that the machine has.",
            id="smallweb_sessions.W001",
        )
        for name in _LIMITS
        if not getattr(sessions_settings(), name)
    ]
    return found + [
        Warning(
            f"The app {app.name!r} shows tracebacks to its visitors: debug=True.", id="smallweb_sessions.W002"
        )
        for app in apps
        if app.debug
    ]
