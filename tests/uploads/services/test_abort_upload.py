"""Uploads that operators end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from smallweb.core.executions import control
from smallweb.core.models import State, TaskRun
from smallweb.core.socket.pool import in_pool
from smallweb.uploads.exceptions import UploadGone
from smallweb.uploads.models import Upload
from smallweb.uploads.services.abort_upload import abort_upload, is_abortable
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.budget import Budget
from smallweb.uploads.services.call_again import call_again, is_callable_again
from smallweb.uploads.services.receive import watched
from smallweb.uploads.services.settle import Arrival, settle
from tests.uploads.admin.conftest import keep_file, make_upload

pytestmark = pytest.mark.django_db(transaction=True)


def _lying(upload: Upload, *, name: str = "") -> Path:
    path = get_root().receiving(f"{upload.uuid}{name}")
    path.write_bytes(b"some")
    return path


def test_an_aborted_upload_leaves_nothing() -> None:
    upload, other = make_upload(handler="echo", reserved_bytes=9), make_upload(handler="echo")
    paths, kept = [_lying(upload), _lying(upload, name=".1")], _lying(other)
    assert is_abortable(upload)
    abort_upload(upload, now=timezone.now())
    upload.refresh_from_db()
    assert (upload.state, upload.reserved_bytes) == (State.CANCELLED, 0)
    assert not any(path.exists() for path in paths)
    assert kept.exists()
    with pytest.raises(UploadGone):
        abort_upload(upload, now=timezone.now())


def test_what_has_come_whole_is_not_aborted() -> None:
    upload = make_upload(handler="echo", received_at=timezone.now())
    assert not is_abortable(upload)
    with pytest.raises(UploadGone):
        abort_upload(upload, now=timezone.now())


def test_the_end_of_an_aborted_upload_stays() -> None:
    upload = make_upload(handler="echo")
    abort_upload(Upload.objects.get(pk=upload.pk), now=timezone.now())
    upload.end(State.SUCCESSFUL, now=timezone.now())
    assert Upload.objects.get(pk=upload.pk).state == State.CANCELLED


async def test_who_receives_it_stops_though_no_byte_comes() -> None:
    upload = await in_pool(lambda: make_upload(handler="echo"))
    budget = Budget(upload, root=get_root(), folder=None, most_bytes=100)
    work = asyncio.ensure_future(watched(asyncio.sleep(60), budget))
    await in_pool(lambda: abort_upload(upload, now=timezone.now()))
    with pytest.raises(UploadGone):
        await asyncio.wait_for(work, 10)


async def test_an_upload_that_was_aborted_in_the_last_moment_reaches_no_handler(rf: Any) -> None:
    upload = await in_pool(lambda: make_upload(handler="echo"))
    await in_pool(lambda: abort_upload(upload, now=timezone.now()))
    with pytest.raises(UploadGone):
        await settle(rf.post("/"), Arrival(upload=upload, user=None))


def _run(state: State) -> TaskRun:
    now = timezone.now()
    return TaskRun.objects.create(
        task="uploads:later", arguments={"upload": "x"}, state=state, run_after=now, timeout_s=9
    )


def test_a_call_that_waits_for_a_worker_is_cancelled() -> None:
    run = _run(State.READY)
    upload = make_upload(handler="later", state=State.READY, run=run)
    abort_upload(upload, now=timezone.now())
    upload.refresh_from_db()
    assert upload.state == State.CANCELLED
    assert control.cancel(run, now=timezone.now()).state == State.CANCELLED


def test_a_failed_call_is_made_again_where_its_files_are_kept(folders: None) -> None:
    file = keep_file("a.txt", b"x", folder="inbox", content_type="text/plain")
    run = _run(State.FAILED)
    upload = make_upload(
        handler="later", state=State.FAILED, run=run, files=[{"stored": file.pk}], error="No."
    )
    assert is_callable_again(upload)
    call_again(upload, now=timezone.now())
    upload.refresh_from_db()
    assert (upload.state, upload.error, upload.finished_at) == (State.READY, "", None)
    assert upload.run_id not in (None, run.pk)
    with pytest.raises(UploadGone):
        call_again(upload, now=timezone.now())


def test_it_is_not_where_they_are_gone(folders: None) -> None:
    for parts in ([{"temporary": "x"}], [{"stored": 10**6}]):
        upload = make_upload(handler="later", state=State.FAILED, run=_run(State.FAILED), files=parts)
        with pytest.raises(UploadGone):
            call_again(upload, now=timezone.now())
