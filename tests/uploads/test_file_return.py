"""What handlers may give away: files of folders, what they got, and what lies in a root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from smallweb.uploads import file_return
from smallweb.uploads.exceptions import CannotReturnFile, NothingHere
from smallweb.uploads.file_return import Place
from smallweb.uploads.models import StoredFile
from smallweb.uploads.received_file import ReceivedFile

pytestmark = pytest.mark.once


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub/letter.html").write_text("hello")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("page")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "root-beside").mkdir()
    (tmp_path / "root-beside/x.txt").write_text("secret")
    settings.SMALLWEB_UPLOADS = {"ROOTS": {"uploads": root}}
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SITES": {"": tmp_path / "site"}}
    return root


def test_a_path_in_a_root_or_a_folder_of_pages_can_be_returned(root: Path) -> None:
    for path in (
        root / "sub/letter.html",
        str(root / "sub/letter.html"),
        os.fsencode(root / "sub/letter.html"),
    ):
        given = Path(os.fsdecode(path))
        made = file_return(given if isinstance(path, bytes) else path)
        assert made.source == Place(root=root, relative="sub/letter.html")
        assert (made.filename, made.content_type, made.attachment) == ("letter.html", "text/html", True)
    assert file_return(root.parent / "site/index.html").filename == "index.html"


def test_a_relative_path_counts_from_the_current_folder_and_must_lie_in_a_root(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "sub")
    assert file_return("letter.html").source == Place(root=root, relative="sub/letter.html")
    monkeypatch.chdir(root.parent)
    with pytest.raises(CannotReturnFile, match="read from the current folder"):
        file_return("secret.txt")


def test_what_lies_elsewhere_is_refused(root: Path) -> None:
    elsewhere = [
        "/etc/passwd", root.parent / "secret.txt", f"{root}/../secret.txt", f"{root}/sub/../../secret.txt",
        f"{root}-beside/x.txt", root, "", "sub/letter.html", "../secret.txt", "/", "~/x",
        f"/proc/self/root{root}", "/etc/passwd\0.png",
    ]  # fmt: skip
    for path in elsewhere:
        with pytest.raises(CannotReturnFile, match="lies in no root"):
            file_return(path)


def test_no_link_no_folder_and_no_device_is_returned(root: Path) -> None:
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    (root / "up").symlink_to(root.parent)
    (root / "inside.txt").symlink_to(root / "sub/letter.html")
    os.mkfifo(root / "pipe")
    for name in (
        "link.txt",
        "up/secret.txt",
        "inside.txt",
        "sub",
        "pipe",
        "none.txt",
        "sub/letter.html/x",
        "a\0b",
    ):
        with pytest.raises(NothingHere):
            file_return(root / name)


def test_a_link_planted_after_the_handler_is_not_followed(root: Path) -> None:
    made = file_return(root / "sub/letter.html")
    (root / "sub/letter.html").unlink()
    (root / "sub/letter.html").symlink_to(root.parent / "secret.txt")
    assert isinstance(made.source, Place)
    with pytest.raises(NothingHere):
        made.source.open()


def test_a_stored_file_and_a_received_one_can_be_returned(tmp_path: Path) -> None:
    stored = StoredFile(path="a/b.png", content_type="image/png")
    assert file_return(stored).source is stored
    assert file_return(stored).filename == "b.png"
    assert file_return(received(b"12", stored=stored)).source is stored
    whole = tmp_path / "whole"
    whole.write_bytes(b"12")
    assert file_return(received(whole)).source == Place(root=tmp_path, relative="whole")
    small = received(b"12")
    made = file_return(small)
    assert (made.filename, made.content_type) == ("x.txt", "text/plain")
    small.close()


def test_the_name_that_a_client_sees_is_made_safe() -> None:
    stored = StoredFile(path="b.png", content_type="image/png")
    assert file_return(stored, filename="../../a\r\nSet-Cookie: x.png").filename == "aSet-Cookie_ x.png"


def test_what_is_no_file_is_refused() -> None:
    for value in (None, 7, object(), ["/etc/passwd"], open):
        with pytest.raises(CannotReturnFile, match="give a stored file"):
            file_return(value)


def received(content: Any, stored: StoredFile | None = None) -> ReceivedFile:
    return ReceivedFile(
        field="f", filename="x.txt", content_type="text/plain", declared_type="", size_bytes=2, sha256="",
        content=content, stored=stored,
    )  # fmt: skip
