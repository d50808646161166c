"""``manage.py smallweb_uploads``."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from smallweb.core.models import State
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from tests.uploads.admin.conftest import keep_file, make_upload

pytestmark = pytest.mark.django_db


def _run(*arguments: object) -> str:
    output = io.StringIO()
    call_command("smallweb_uploads", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_uploads_are_listed_and_aborted() -> None:
    upload = make_upload(handler="echo", path="a.png", received_bytes=2048)
    make_upload(handler="echo", path="b.png", state=State.FAILED, error="No room.")
    assert "'a.png' 2.0 KiB" in _run("list")
    assert "b.png" not in _run("list")
    assert "No room." in _run("list", "--all")
    assert "is aborted" in _run("abort", upload.pk)
    assert _run("list") == ""
    for command in (("abort", upload.pk), ("again", upload.pk), ("abort", 10**6)):
        with pytest.raises(CommandError):
            _run(*command)


def test_files_are_listed_and_deleted(folders: None, django_capture_on_commit_callbacks: Any) -> None:
    file = keep_file("a.txt", b"Hello", folder="inbox", content_type="text/plain")
    assert "a.txt" in _run("files", "inbox")
    assert "folder inbox: 5 B in 1 files" in _run("quota")
    with django_capture_on_commit_callbacks(execute=True):
        assert "deleted" in _run("delete", file.pk)
    assert not StoredFile.objects.exists()
    for command in (("delete", file.pk), ("files", "nowhere"), ("files", "inbox", "--user", "nobody")):
        with pytest.raises(CommandError):
            _run(*command)


def test_orphans_are_shown_and_old_ones_removed(folders: None) -> None:
    file = keep_file("a.txt", b"Hello", folder="inbox", content_type="text/plain")
    root = get_root()
    place = root.path(file.key)
    assert place is not None
    old, young = root.receiving("old"), root.receiving("young")
    for path in (old, young):
        path.write_bytes(b"some")
    os.utime(old, (0, 0))
    lost = _lost_blob(root.folder)
    shown = _run("orphans")
    assert all(name in shown for name in ("receiving/old", "receiving/young", lost.name))
    assert "missing" not in shown
    place.unlink()
    removed = _run("orphans", "--remove")
    assert "removed uploads/receiving/old" in removed
    assert f"missing uploads {file.key}" in removed
    assert young.exists()
    assert not old.exists()
    assert lost.exists()  # kept bytes are as old as their place
    assert "things are put away" in _run("sweep")


def _lost_blob(folder: Path) -> Path:
    key = "ab" * 16
    path = folder / "stored/ab/ab" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"lost")
    return path
