"""What health and metrics say of uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from smallweb.uploads.upload_health import check_uploads, read_uploads
from tests.uploads.admin.conftest import keep_file, make_upload

pytestmark = pytest.mark.django_db


def test_roots_are_written_to_and_left_as_they_were(root: Path) -> None:
    assert check_uploads(timezone.now()).level == "ok"
    assert list((root / "receiving").iterdir()) == []


def test_a_root_that_cannot_be_written_is_critical(root: Path) -> None:
    root.write_bytes(b"no folder")
    found = check_uploads(timezone.now())
    assert found.level == "critical"
    assert "cannot be written" in found.says


def test_a_full_disk_is_critical(settings: Any) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "MIN_FREE_BYTES": 2**60}
    found = check_uploads(timezone.now())
    assert found.level == "critical"
    assert "MIN_FREE_BYTES" in found.do


def test_the_metrics_count_what_comes_and_what_is_kept(folders: None) -> None:
    keep_file("a.txt", b"Hello", folder="inbox", content_type="text/plain")
    make_upload(handler="echo", received_bytes=7)
    make_upload(folder="inbox", received_bytes=3)
    found = {gauge.name: gauge.values for gauge in read_uploads(timezone.now())}
    assert found["smallweb_uploads_open"] == {("echo",): 1, ("folders/inbox",): 1}
    assert found["smallweb_uploads_received_bytes"] == {(): 10}
    assert found["smallweb_uploads_stored_bytes"][("inbox",)] == 5
