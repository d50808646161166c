"""End an upload that has not come whole, or whose handler waits for a worker."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ...core.executions import control
from ...core.models import State
from ...core.write_turn import write_turn
from ..exceptions import UploadGone
from ..models import Upload
from .blobs import get_root
from .tell_rows import tell_uploads

ABORTED = "It was aborted."


def abort_upload(upload: Upload, *, now: datetime) -> None:
    """Have it end as CANCELLED: who receives it notices within a second or two, and its client hears 410.

    What has come is removed. Raises UploadGone for one that is over, or whose handler runs in a web server.
    """
    if upload.run is not None and upload.state == State.READY:
        control.cancel(upload.run, now=now)
        return
    ended = {"state": State.CANCELLED, "finished_at": now, "error": ABORTED, "reserved_bytes": 0}
    with write_turn():
        if not Upload.objects.receiving().filter(pk=upload.pk).update(**ended):
            raise UploadGone(f"{upload} has come whole, or is over; there is nothing to abort.")
        transaction.on_commit(lambda: _clear(upload), robust=True)


def is_abortable(upload: Upload) -> bool:
    return upload.state == State.READY or (upload.state == State.RUNNING and upload.received_at is None)


def _clear(upload: Upload) -> None:
    """Remove what has come: whoever still writes to it writes to what nobody sees."""
    folder = get_root(upload.root).receiving("")
    for path in folder.glob(f"{upload.uuid}*"):
        path.unlink(missing_ok=True)
    tell_uploads()
