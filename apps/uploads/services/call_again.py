"""Call the handler of an upload again whose call in a worker has failed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ...core.executions import control
from ...core.models import State
from ..exceptions import UploadGone
from ..models import StoredFile, Upload


@transaction.atomic
def call_again(upload: Upload, *, now: datetime) -> None:
    """Have a worker call the handler with the same text and the files that a folder keeps.

    Raises UploadGone where they are not there any more, and what core raises of the task.
    """
    row = Upload.objects.select_for_update(of=("self",)).select_related("run").get(pk=upload.pk)
    if not is_callable_again(row) or not _has_files(row):
        raise UploadGone(
            f"{row} cannot be called again: only what failed in a worker, and whose files are kept."
        )
    assert row.run is not None
    row.run = control.run_again(row.run, now=now, because=f"again: upload {row.target}")
    row.state, row.finished_at, row.error = State.READY, None, ""
    row.save(update_fields=["run", "state", "finished_at", "error"])


def is_callable_again(upload: Upload) -> bool:
    """Whether it failed in a worker and nothing of it was temporary: that is removed when a call ends."""
    is_kept = all("stored" in part for part in upload.files)
    return upload.state in (State.FAILED, State.LOST) and upload.run_id is not None and is_kept


def _has_files(upload: Upload) -> bool:
    wanted = {part["stored"] for part in upload.files}
    return StoredFile.objects.filter(pk__in=wanted).count() == len(wanted)
