"""System checks of dispatch."""

from __future__ import annotations

import inspect
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import NoReverseMatch, reverse

from ..core.access import PUBLIC, parse_rule
from ..core.exceptions import BadAccessRule
from .conf import dispatch_settings
from .exceptions import CannotDispatch
from .options import origins
from .registry import Endpoint, endpoints


@register
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E001: an unknown key or unusable value. E002: an access rule or origin that is none."""
    found: list[CheckMessage] = [
        Error(problem, hint="docs/dispatch.md lists the settings.", id="smallweb_dispatch.E001")
        for problem in dispatch_settings.problems()
    ]
    try:
        parse_rule(dispatch_settings().access)
        origins(dispatch_settings().cors)
    except (BadAccessRule, CannotDispatch) as error:
        found.append(Error(f"SMALLWEB_DISPATCH: {error}", id="smallweb_dispatch.E002"))
    return found


@register
def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """W001: there are controllers, and no URL leads to them."""
    if not len(endpoints):
        return []
    try:
        reverse("smallweb_dispatch:endpoint", args=[next(iter(endpoints)).name])
    except NoReverseMatch:
        hint = 'Add path("", include("smallweb.dispatch.urls")) to urls.py, before the folders of pages.'
        return [Warning("No URL leads to the controllers.", hint=hint, id="smallweb_dispatch.W001")]
    return []


@register
def check_public_changes(**kwargs: Any) -> list[CheckMessage]:
    """W002: with the settings' access public, each method without a rule of its own is everybody's."""
    if dispatch_settings().access != PUBLIC:
        return []
    return [
        Warning(
            "SMALLWEB_DISPATCH['ACCESS'] is 'public': every method that says nothing else is everybody's.",
            hint='Write access="public" at the classes that are meant.',
            id="smallweb_dispatch.W002",
        )
    ]


@register
def check_annotations(**kwargs: Any) -> list[CheckMessage]:
    """W003: an annotation that is misspelled, or that nothing sent can be read as."""
    return [
        Warning(
            f"{endpoint.origin} takes {name} as it is sent: its annotation is unknown, or no JSON can be it.",
            hint="Correct the annotation, or write Any.",
            id="smallweb_dispatch.W003",
        )
        for endpoint in endpoints
        for name in _unread(endpoint)
    ]


def _unread(endpoint: Endpoint) -> list[str]:
    """Return the names of parameters whose annotation counts for nothing."""
    written = inspect.unwrap(endpoint.function).__annotations__
    return [
        field.name
        for field in endpoint.parameters.fields
        if field.name in written and field.type is Any and not field.is_file
        if field.annotation is not Any and field.annotation is not object
    ]
