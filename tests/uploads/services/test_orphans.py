"""Bytes without rows, and rows without bytes."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from smallweb.uploads.exceptions import NothingHere
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.orphans import find_missing, find_orphans, remove_orphan, remove_orphans
from tests.uploads.admin.conftest import keep_file, make_upload

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(hours=2)


def _lie(name: str) -> Path:
    path = get_root().receiving(name)
    path.write_bytes(b"some")
    return path


def test_only_what_no_row_names_is_an_orphan_and_goes_when_it_is_old(folders: None) -> None:
    file = keep_file("a.txt", b"Hello", folder="inbox", content_type="text/plain")
    coming = _lie(str(make_upload(handler="echo").uuid))
    left = _lie("left")
    key = get_root().keep(left)
    now = timezone.now()
    found = find_orphans(now)
    assert {(one.place, one.name, one.size_bytes) for one in found} == {
        ("receiving", "left", 4),
        ("stored", key, 4),
    }
    assert not any(one.is_removable(now) for one in found)
    assert remove_orphans(now) == []
    assert {one.name for one in remove_orphans(now + LATER)} == {"left", key}
    assert coming.exists()
    assert find_missing() == []
    assert file.key not in {one.name for one in found}


def test_one_is_removed_by_its_name_and_nothing_else_is() -> None:
    now = timezone.now()
    coming = str(make_upload(handler="echo").uuid)
    for name in ("left", "other", coming):
        _lie(name)
    outside = get_root().folder / "precious"
    outside.write_bytes(b"x")
    os.utime(outside, (0, 0))
    assert remove_orphan("uploads", "receiving", "left", now=now + LATER).name == "left"
    for root, place, name in (
        ("uploads", "receiving", "left"), ("uploads", "receiving", coming),
        ("uploads", "receiving", "../precious"),
        ("uploads", "..", "precious"), ("nowhere", "receiving", "other"), ("uploads", "stored", "other"),
    ):  # fmt: skip
        with pytest.raises(NothingHere):
            remove_orphan(root, place, name, now=now + LATER)
    with pytest.raises(NothingHere):
        remove_orphan("uploads", "receiving", "other", now=now)
    assert outside.exists()


def test_rows_whose_bytes_are_gone_are_found(folders: None) -> None:
    whole = keep_file("a.txt", b"Hello", folder="inbox", content_type="text/plain")
    lost = keep_file("b.txt", b"Hello", folder="inbox", content_type="text/plain")
    assert find_missing() == []
    get_root().delete(lost.key)
    assert find_missing() == [lost]
    assert whole.key
