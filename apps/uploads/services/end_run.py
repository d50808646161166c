"""Bring an upload to its end with the run of its handler."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ...core.models import State, TaskRun
from ..models import Upload
from ..registry import TASK_PREFIX
from .keep_parts import discard_parts
from .tell_rows import tell_uploads


def end_with_run(*, run: Any, **kwargs: Any) -> None:
    """Take over how the run ended, and remove what was kept for it: core's signal is connected to this."""
    if not isinstance(run, TaskRun) or not run.task.startswith(TASK_PREFIX):
        return
    upload = Upload.objects.filter(run=run).first()
    if upload is not None and not upload.is_over:
        upload.end(State(run.state), now=timezone.now(), error=run.error, result=run.result)
        discard_parts(upload.files, root=upload.root)
        tell_uploads()
