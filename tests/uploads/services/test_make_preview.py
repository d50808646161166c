"""Previews: what is drawn, and what of a picture never is."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from smallweb.core.models import TaskRun
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.make_preview import MAX_PIXELS, SIZE, make_preview, preview_task
from tests.uploads.admin.conftest import keep_file
from tests.uploads.conftest import files_in

pytestmark = pytest.mark.django_db(transaction=True)


def _picture(kind: str, *, size: tuple[int, int] = (800, 400), **options: Any) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "teal").save(content, kind, **options)
    return content.getvalue()


def _kept(content: bytes, kind: str = "png") -> StoredFile:
    return keep_file(f"a.{kind}", content, folder="inbox", content_type=f"image/{kind}")


def _preview(file: StoredFile) -> Image.Image:
    file.refresh_from_db()
    with get_root(file.root).open(file.preview_key) as opened:
        image = Image.open(io.BytesIO(opened.read()))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "avif"])
def test_each_kind_gets_a_small_picture(kind: str, folders: None) -> None:
    file = _kept(_picture(kind), kind)
    assert make_preview(file.pk) == "A preview is kept."
    image = _preview(file)
    assert (image.format, image.size) == ("WEBP", (SIZE[0], SIZE[0] // 2))
    assert "has a preview" in make_preview(file.pk)


def test_it_stands_upright_and_tells_nothing_of_the_camera(folders: None) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    file = _kept(_picture("jpeg", exif=exif, comment=b"secret place"), "jpeg")
    make_preview(file.pk)
    image = _preview(file)
    assert image.size == (SIZE[1] // 2, SIZE[1])
    assert not image.getexif()
    with get_root(file.root).open(file.preview_key) as opened:
        content = opened.read()
    assert b"camera" not in content
    assert b"secret" not in content


def _bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_what_cannot_be_drawn_gets_none_and_leaves_nothing(
    folders: None, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = _picture("png", size=(600, 600))
    for content in (
        whole[: len(whole) // 2],
        b"\x89PNG\r\n\x1a\n",
        b"",
        _picture("gif"),  # whose name and type say PNG
        _bomb(MAX_PIXELS, 2),
        _bomb(60_000, 60_000),
    ):
        file = keep_file("a.png", content, folder="inbox", content_type="image/png")
        assert make_preview(file.pk).startswith("No preview: ")
        file.refresh_from_db()
        assert file.preview_key == ""
        assert f"file={file.uuid} has no preview" in caplog.text
        StoredFile.objects.all().delete()
    assert "receiving" not in files_in(root)


def test_a_kept_picture_is_drawn_by_a_worker_and_others_are_not(folders: None) -> None:
    _kept(_picture("png"))
    keep_file("a.txt", b"text", folder="inbox", content_type="text/plain")
    keep_file("a.svg", b"<svg/>", folder="inbox", content_type="image/svg+xml")
    run = TaskRun.objects.get(task=preview_task.name)
    assert (run.max_attempts, run.at_most_once) == (1, True)


def test_without_pillow_files_are_kept_all_the_same(folders: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    file = _kept(_picture_without_pillow())
    assert StoredFile.objects.filter(pk=file.pk).exists()
    assert not TaskRun.objects.exists()


def _picture_without_pillow() -> bytes:
    return _bomb(1, 1)


def test_a_file_that_is_gone_has_none(folders: None) -> None:
    assert "is gone" in make_preview(10**6)


def test_the_preview_goes_with_its_file(
    folders: None, root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    from smallweb.uploads.services.store_file import delete_file

    file = _kept(_picture("png"))
    make_preview(file.pk)
    file.refresh_from_db()
    assert files_in(root) == ["stored", "stored"]
    with django_capture_on_commit_callbacks(execute=True):
        delete_file(file)
    assert files_in(root) == []
