"""An open file of a site: one state of it, however often the name is given to a new one."""

from __future__ import annotations

import logging
import os

from ..exceptions import PathRefused
from ..http.send_file import SentFile
from .beneath import open_beneath
from .content_types import content_type_of
from .paths import locate

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Kept, but asked for again each time: pages change while the server runs.
    "Cache-Control": "no-cache",
}

logger = logging.getLogger(__name__)


def open_site_file(name: str) -> SentFile | None:
    """Return the open file called ``name``, None where there is nothing to show to anyone."""
    try:
        place = locate(name)
        fd = open_beneath(place.root, place.relative)
    except PathRefused as error:
        logger.debug("page=%r not served: %s", name, error)
        return None
    except PermissionError:
        logger.warning("page=%r not served: this process may not read it", name)
        return None
    found = os.fstat(fd)
    return SentFile(
        name=name,
        file=os.fdopen(fd, "rb"),
        size_bytes=found.st_size,
        etag=etag_of(found),
        modified_at=int(found.st_mtime),
        headers={"Content-Type": content_type_of(name), **HEADERS},
    )


def etag_of(found: os.stat_result) -> str:
    """Return a strong validator, for a file that is only ever replaced by a new one."""
    return f'"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"'
