"""Files as answers of handlers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.conf import core_settings
from ..core.exceptions import PathRefused
from ..core.sites.beneath import close_quietly, open_beneath
from ..core.sites.content_types import content_type_of
from .conf import uploads_settings
from .exceptions import CannotReturnFile, NothingHere
from .names import display_name

if TYPE_CHECKING:
    from .models import StoredFile


@dataclass(frozen=True, kw_only=True)
class Place:
    """``relative`` beneath the folder ``root``: opened again whenever it is answered with."""

    root: Path
    relative: str

    def open(self) -> int:
        """Return a descriptor. Raises NothingHere."""
        try:
            return open_beneath(self.root, self.relative)
        except (PathRefused, PermissionError) as error:
            raise NothingHere("There is no such file here.") from error


@dataclass(frozen=True, kw_only=True)
class FileReturn:
    """A file that a handler answers with: what a folder keeps, or what has a place.

    ``content_type`` is what it is, not yet what is safe to say.
    """

    source: StoredFile | Place
    filename: str
    content_type: str
    attachment: bool = True


def file_return(source: Any, *, filename: str = "", attachment: bool = True) -> FileReturn:
    """Return what a handler returns to answer with a file.

    ``source``: a StoredFile, a file that the handler got, or the path of a file in one of
    SMALLWEB_UPLOADS["ROOTS"] or SMALLWEB_CORE["SITES"], in which no link is followed. ``filename``: what
    the client is to call it. ``attachment``: to be saved, not shown; shown is only what is safe to be.
    Raises CannotReturnFile for a path elsewhere or something else, NothingHere for a path in a root that
    has no file.
    """
    from .models import StoredFile

    source = getattr(source, "stored", None) or source
    if isinstance(source, StoredFile):
        place: StoredFile | Place = source
        name, content_type = source.filename, source.content_type
    elif hasattr(source, "path") and hasattr(source, "content_type"):
        place = Place(root=source.path.parent, relative=source.path.name)
        name, content_type = source.filename, source.content_type
    else:
        place = _place_of(source)
        close_quietly(place.open())
        name, content_type = Path(place.relative).name, content_type_of(place.relative)
    return FileReturn(
        source=place,
        filename=display_name(filename or name),
        content_type=content_type,
        attachment=attachment,
    )


def _place_of(source: Any) -> Place:
    if not isinstance(source, str | os.PathLike):
        raise CannotReturnFile(
            f"file_return got {type(source).__name__}; give a stored file, a received file or a path."
        )
    path = Path(os.fsdecode(source))
    whole = Path.cwd() / path
    roots = {**uploads_settings().roots, **core_settings().sites}
    for root in (folder.absolute() for folder in roots.values()):
        if ".." not in path.parts and whole != root and whole.is_relative_to(root):
            return Place(root=root, relative=str(whole.relative_to(root)))
    shown = ", ".join(str(folder.absolute()) for folder in roots.values())
    reading = "" if path.is_absolute() else f" (read from the current folder as {whole})"
    raise CannotReturnFile(
        f"file_return got the path {str(path)!r}{reading}, which lies in no root; give one without '..' "
        f"in {shown}."
    )
