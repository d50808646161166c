"""System checks of uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import NoReverseMatch, reverse

from ..core.access import parse_rule
from ..core.conf import core_settings
from ..core.exceptions import BadAccessRule
from .conf import uploads_settings
from .registry import folders, handlers


@register
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """E001: an unknown key or unusable value. E002: an access rule that is none."""
    found: list[CheckMessage] = [
        Error(problem, hint="docs/uploads.md lists the settings.", id="smallweb_uploads.E001")
        for problem in uploads_settings.problems()
    ]
    try:
        parse_rule(uploads_settings().access)
    except BadAccessRule as error:
        found.append(Error(f"SMALLWEB_UPLOADS: {error}", id="smallweb_uploads.E002"))
    return found


@register
def check_roots(**kwargs: Any) -> list[CheckMessage]:
    """E003: a root whose files a web server or a folder of pages would show, or that is too wide. E004: a
    storage that is none of Django's STORAGES, or for no root.
    """
    given = uploads_settings()
    found: list[CheckMessage] = [
        Error(
            f"SMALLWEB_UPLOADS['ROOTS'][{name!r}] is {root}: {fault}.",
            hint="Give a folder of its own, that nothing else serves.",
            id="smallweb_uploads.E003",
        )
        for name, root in given.roots.items()
        for fault in _root_faults(root)
    ]
    for name, alias in given.storages.items():
        if name not in given.roots or alias not in settings.STORAGES:
            text = f"SMALLWEB_UPLOADS['STORAGES'] has {name!r}: {alias!r}; there is no such root or storage."
            found.append(Error(text, id="smallweb_uploads.E004"))
    if not given.roots:
        found.append(Error("SMALLWEB_UPLOADS['ROOTS'] is empty.", id="smallweb_uploads.E003"))
    return found


def _root_faults(root: Path) -> Iterator[str]:
    place = root.absolute()
    if len(place.parts) < 3:
        yield "it is the whole disk, or nearly"
    served = {"a folder of pages": list(core_settings().sites.values())}
    for name in ("STATIC_ROOT", "MEDIA_ROOT"):
        value = getattr(settings, name, None)
        served[name] = [Path(value)] if value else []
    for what, folders_served in served.items():
        for folder in folders_served:
            shown = folder.absolute()
            if place.is_relative_to(shown) or shown.is_relative_to(place):
                yield f"it lies in, or holds, {what} ({folder})"


@register
def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """W001: there are handlers or folders, and no URL leads to them."""
    if not len(handlers) and not len(folders):
        return []
    try:
        reverse("smallweb_uploads:handler", args=["x"])
    except NoReverseMatch:
        hint = 'Add path("uploads/", include("smallweb.uploads.urls")) to urls.py.'
        return [Warning("No URL leads to the uploads.", hint=hint, id="smallweb_uploads.W001")]
    return []


@register
def check_folders_of_handlers(**kwargs: Any) -> list[CheckMessage]:
    """W002: a root that a folder names is none of the settings'."""
    return [
        Warning(
            f"The folder {made.name!r} names the root {made.root!r}; SMALLWEB_UPLOADS['ROOTS'] has none.",
            hint=f"Add it, or name one of {', '.join(uploads_settings().roots)}.",
            id="smallweb_uploads.W002",
        )
        for made in folders
        if made.root and made.root not in uploads_settings().roots
    ]
