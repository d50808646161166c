"""Formats that are ZIP archives."""

from __future__ import annotations

import pytest

from smallweb.uploads.kinds.zip_family import zip_name
from tests.uploads.samples import office, zipped

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("folder", "name"), [("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx"), ("other", "ooxml")]
)
def test_sizes_that_come_later_hide_no_entry(folder: str, name: str) -> None:
    assert zip_name(office(folder, is_stream=True)) == zip_name(office(folder)) == name


def test_an_archive_in_an_archive_does_not_count() -> None:
    assert zip_name(zipped(("a.zip", ""), ("b.txt", ""))) == "zip"
    outer = zipped(("mimetype", office("word").decode("latin-1")), ("a.txt", "b"))
    assert zip_name(outer) == "zip"


def test_an_unknown_media_type_is_an_archive() -> None:
    assert zip_name(zipped(("mimetype", "text/html"), ("a", "b"))) == "zip"
    assert zip_name(zipped(("a", "b"), ("mimetype", "application/epub+zip"))) == "zip"


def test_entries_that_lie_about_their_size_are_answered() -> None:
    entry = b"PK\3\4" + bytes(26)
    assert zip_name(entry * 136) == "zip"
    assert zip_name(b"PK\3\4" + b"\xff" * 26) == "zip"
    assert zip_name(b"PK\3\4") == "zip"
    later = b"PK\3\4\x14\0\x08\0" + bytes(22)
    assert zip_name(later) == zip_name(later * 2) == "zip"
