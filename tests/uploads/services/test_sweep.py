"""What is put away, and what is not."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from smallweb.core.models import State
from smallweb.uploads.models import StoredFile, Upload, UploadFolder
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.hold import path_of, try_hold
from smallweb.uploads.services.policy import HandlerRules, policy
from smallweb.uploads.services.resumable import Announced, begin
from smallweb.uploads.services.store_file import Arrived, store_at
from smallweb.uploads.services.sweep import list_orphans, sweep, sweep_orphans
from smallweb.uploads.services.target import Target
from smallweb.uploads.tasks import recover

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def rules(name: str = "echo") -> HandlerRules:
    from smallweb.uploads.services.policy import read_policy

    return read_policy().handler(name)


def begun(length: int = 10, **values: Any) -> Upload:
    upload = begin(
        Announced(protocol=Upload.Protocol.TUS, name="a.txt", length_bytes=length),
        target=Target(handler=rules()), prefix="", user=AnonymousUser(), address="",
    )  # fmt: skip
    Upload.objects.filter(pk=upload.pk).update(**values)
    upload.refresh_from_db()
    return upload


def kept(name: str = "inbox", *, created_at: datetime | None = None) -> StoredFile:
    from smallweb.uploads.services.policy import read_policy

    folder = read_policy().folder(name)
    temporary = get_root(folder.root).receiving("x")
    temporary.write_bytes(b"abc")
    arrived = Arrived(temporary=temporary, size_bytes=3, sha256="0" * 64, content_type="text/plain")
    return store_at(folder, "a.txt", arrived, user=AnonymousUser(), now=created_at or timezone.now())


def make_old(path: Path, *, hours: float) -> None:
    since = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (since, since))


def test_what_was_not_gone_on_with_is_lost() -> None:
    now = timezone.now()
    expired = begun(expires_at=now, reserved_bytes=10)
    fresh = begun(expires_at=now + timedelta(seconds=1))
    assert sweep(now) == 1
    expired.refresh_from_db()
    assert (expired.state, expired.reserved_bytes) == (State.LOST, 0)
    assert "not gone on with" in expired.error
    assert not path_of(expired).exists()
    assert path_of(fresh).exists()
    fresh.refresh_from_db()
    assert fresh.state == State.RUNNING


def test_what_a_request_is_at_work_on_is_left() -> None:
    expired = begun(expires_at=timezone.now())
    held = try_hold(expired)
    assert held is not None
    try:
        assert sweep(timezone.now()) == 0
    finally:
        held.release()
    path_of(expired).unlink()
    assert sweep(timezone.now()) == 1, "its file is gone already"


def test_an_upload_of_a_root_that_is_gone_ends() -> None:
    expired = begun(expires_at=timezone.now(), root="gone")
    assert sweep(timezone.now()) == 1
    expired.refresh_from_db()
    assert expired.state == State.LOST


def test_files_of_nobody_are_removed_after_an_hour() -> None:
    mine = begun()
    receiving = path_of(mine).parent
    none, other = "00000000-0000-4000-8000-000000000000", "11111111-0000-4000-8000-000000000000"
    names = {
        "old": none, "note": f"{none}.takeover", "other": "x", "part": f"{mine.uuid}.1", "young": other,
    }  # fmt: skip
    for name in names.values():
        (receiving / name).touch()
        if name != names["young"]:
            make_old(receiving / name, hours=1.1)
    make_old(path_of(mine), hours=30)
    assert sweep(timezone.now()) == 3
    assert {path.name for path in receiving.iterdir()} == {str(mine.uuid), names["part"], names["young"]}


def test_bytes_without_a_row_are_orphans_after_a_day() -> None:
    file = kept()
    root = get_root("")
    temporary = root.receiving("y")
    temporary.write_bytes(b"abc")
    orphan = root.keep(temporary)
    later = timezone.now() + timedelta(days=1, minutes=1)
    assert list(list_orphans(root, now=timezone.now())) == []
    assert list(list_orphans(root, now=timezone.now(), older_than=timedelta(0))) == [orphan]
    assert sweep_orphans(later) == 1
    assert [key for key, _ in list(root.keys())] == [file.key]


def test_bytes_that_lay_long_in_receiving_are_no_orphans() -> None:
    root = get_root("")
    temporary = root.receiving("y")
    temporary.write_bytes(b"abc")
    make_old(temporary, hours=100)
    root.keep(temporary)
    assert sweep_orphans(timezone.now()) == 0


def test_other_things_in_a_storage_are_no_orphans() -> None:
    class Storage:
        name, folder = "s3", Path("/nowhere")

        def keys(self) -> Any:
            yield from (
                (name, datetime(2020, 1, 1, tzinfo=UTC)) for name in ("0" * 32, "photo.png", "0" * 31)
            )

    assert list(list_orphans(Storage(), now=timezone.now())) == ["0" * 32]  # type: ignore[arg-type]


def test_rows_of_what_ended_long_ago_are_deleted() -> None:
    now = timezone.now()
    old, young, running = begun(), begun(), begun()
    old.end(State.SUCCESSFUL, now=now - timedelta(days=7, minutes=1))
    young.end(State.FAILED, now=now - timedelta(days=6))
    sweep(now)
    assert set(Upload.objects.values_list("pk", flat=True)) == {young.pk, running.pk}


def test_folders_that_keep_for_some_days_forget(django_capture_on_commit_callbacks: Any) -> None:
    now = timezone.now()
    file = kept(created_at=now - timedelta(days=3))
    assert sweep(now) == 0
    UploadFolder.objects.filter(name="inbox").update(keep_days=2)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(now) == 1
    assert not StoredFile.objects.filter(pk=file.pk).exists()
    assert list(get_root("").keys()) == []


def test_workers_sweep_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    from smallweb.uploads import tasks

    monkeypatch.setattr(tasks, "_last", {})
    now = timezone.now()
    recover(now)
    begun(expires_at=now)
    recover(now + timedelta(seconds=59))
    assert Upload.objects.get().state == State.RUNNING
    recover(now + timedelta(seconds=60))
    assert Upload.objects.get().state == State.LOST
    policy.forget()
