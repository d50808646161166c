"""Page names and the site folders they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from unicodedata import category

from ..conf import core_settings
from ..exceptions import OutsideSites

MAX_NAME_CHARACTERS = 1000
MAX_SEGMENT_BYTES = 255
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class SitePath:
    """A file of a site: ``relative`` (with slashes) inside ``root``, served under the URL ``prefix``."""

    prefix: str
    root: Path
    relative: str

    @property
    def name(self) -> str:
        """The page's name: its URL path without the leading slash."""
        return f"{self.prefix}/{self.relative}" if self.prefix else self.relative

    @property
    def path(self) -> Path:
        """Where the file lies, for people and messages; it is opened through ``open_beneath``."""
        return self.root / self.relative


def locate(name: str) -> SitePath:
    """Return the place of the page called ``name`` ("blog/index.html"): the longest prefix decides.

    Looks at no disk: the file need not exist. Raises OutsideSites.
    """
    require_name(name)
    sites = core_settings().sites
    segments = name.split("/")
    for count in range(len(segments) - 1, -1, -1):
        prefix = "/".join(segments[:count])
        if prefix in sites:
            return SitePath(prefix=prefix, root=sites[prefix], relative="/".join(segments[count:]))
    raise OutsideSites(f"No site folder holds {name!r}; known prefixes: {_listed(sites)}.")


def name_of(path: Path) -> str:
    """Return the page name of the file at the absolute ``path``; raises OutsideSites.

    A file that a site with a longer prefix hides from the web has no name.
    """
    for prefix, root in core_settings().sites.items():
        for base in {root.absolute(), root.resolve()}:
            if path.is_relative_to(base) and path != base:
                place = SitePath(prefix=prefix, root=root, relative=path.relative_to(base).as_posix())
                if locate(place.name) == place:
                    return place.name
    raise OutsideSites(
        f"{path} lies in no site folder; known folders: {_listed(core_settings().sites.values())}."
    )


def require_name(name: str) -> None:
    """Raise OutsideSites, saying why, unless ``name`` may be the name of a page.

    Refused: absolute paths, backslashes, control characters, lone surrogates, hidden, empty, ``.``
    and ``..`` segments, and what is too long for a file system.
    """
    fault = _fault(name)
    if fault:
        raise OutsideSites(
            f"{name[:MAX_NAME_CHARACTERS]!r} is no page name: {fault}; write it like 'blog/index.html'."
        )


def _fault(name: str) -> str | None:
    if len(name) > MAX_NAME_CHARACTERS:
        return f"it has more than {MAX_NAME_CHARACTERS} characters"
    if "\\" in name:
        return "it has a backslash"
    if any(category(character) in _UNPRINTABLE for character in name):
        return "it has a control character or a lone surrogate"
    if PurePosixPath(name).is_absolute():
        return "it is absolute"
    faults = (_segment_fault(segment) for segment in name.split("/"))
    return next((fault for fault in faults if fault), None)


def _segment_fault(segment: str) -> str | None:
    if not segment:
        return "a part of it is empty"
    if segment.startswith("."):
        return f"its part {segment!r} is hidden or leads elsewhere"
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        return f"a part of it is longer than {MAX_SEGMENT_BYTES} bytes"
    return None


def _listed(items: object) -> str:
    return ", ".join(repr(str(item)) for item in items) or "none"  # type: ignore[attr-defined]
