"""Where in the site's URLs dispatch is."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def base_path() -> str:
    """Return the path below which all of dispatch lies, a slash at its end: ``/`` if no URL leads there."""
    try:
        return reverse("smallweb_dispatch:openapi").removesuffix("openapi.json")
    except NoReverseMatch:
        return "/"


def status_path(token: object) -> str:
    """Return the path of a task's status."""
    return f"{base_path()}status/{token}"
