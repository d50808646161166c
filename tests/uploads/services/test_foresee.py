"""What is said beforehand is what happens afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from smallweb.uploads.admin.try_rules import way_to
from smallweb.uploads.models import UploadFolder, UploadHandler
from smallweb.uploads.services.foresee import Asked, foresee
from tests.people import logged_in
from tests.uploads.admin.conftest import keep_file
from tests.uploads.folders import make_folder

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def _gates(row: Any, path: str, **options: Any) -> dict[str, tuple[bool, str]]:
    way = way_to(row)
    assert way is not None
    asked = Asked(path=path, **{"user": AnonymousUser(), **options})
    return {gate.name: (gate.is_open, gate.says) for gate in foresee(asked, way)}


def _closed(row: Any, path: str, **options: Any) -> list[str]:
    return [name for name, (is_open, _says) in _gates(row, path, **options).items() if not is_open]


def test_each_gate_is_answered_in_its_order_with_its_rule(folders: None) -> None:
    ann = User.objects.create_user("ann")
    found = _gates(UploadFolder.objects.get(name="gallery"), "a.png", user=ann, head=PNG, size_bytes=28)
    assert list(found) == ["on", "access", "name", "kind", "path", "size", "quota", "disk", "content"]
    assert all(is_open for is_open, _says in found.values())
    assert found["access"][1] == "By login."
    assert found["path"][1] == "It would be new, by *.png."
    assert found["kind"][1] == "image/png by its name, let in by images."


def test_what_keeps_a_file_out_is_named(folders: None) -> None:
    gallery = UploadFolder.objects.get(name="gallery")
    ann, bo = User.objects.create_user("ann"), User.objects.create_user("bo")
    keep_file("held.png", PNG, folder="gallery", content_type="image/png", user=bo)
    for path, options, closed in (
        ("a.png", {}, ["access"]),
        ("a.exe", {"user": ann}, ["kind", "path"]),
        ("deep/er/a.png", {"user": ann}, ["path"]),
        ("../a.png", {"user": ann}, ["name", "path"]),
        ("held.png", {"user": ann}, ["path"]),
        ("a.png", {"user": ann, "head": b"<html>"}, ["content"]),
        ("a.png", {"user": ann, "size_bytes": 2**60}, ["size", "quota", "disk"]),
        ("a.png", {"user": ann, "declared_type": "no type"}, ["kind"]),
    ):
        assert _closed(gallery, path, **options) == closed, path
    assert _gates(gallery, "held.png", user=bo)["path"] == (True, "It would replace a file, by *.png.")
    gallery.enabled = False
    assert _closed(gallery, "a.png", user=ann) == ["on"]


def test_a_handler_has_no_rules_of_paths(folders: None) -> None:
    pictures = UploadHandler.objects.get(name="pictures")
    found = _gates(pictures, "a.png")
    assert all(is_open for is_open, _says in found.values())
    assert "beside what is there" in found["path"][1]
    assert "for the call alone" in _gates(UploadHandler.objects.get(name="echo"), "a.png")["path"][1]
    UploadFolder.objects.filter(name="gallery").update(enabled=False)
    assert _closed(pictures, "a.png") == ["on"]
    pictures.name = "gone"
    assert way_to(pictures) is None


def test_it_comes_as_it_was_said() -> None:
    ann = User.objects.create_user("ann")
    shelf = make_folder(
        access="login", create_rules=["*.png", "{user}/*"], overwrite_rules=[], accept=["images", ".txt"],
        max_bytes=500, quota_bytes=600,
    )  # fmt: skip
    keep_file("held.png", PNG, folder="shelf", content_type="image/png")
    for user, client in ((ann, logged_in(ann)), (AnonymousUser(), Client())):
        for path, content in (
            ("a.png", PNG), ("held.png", PNG), ("b.txt", b"x"), ("ann/b.txt", b"x"), ("bo/b.txt", b"x"),
            ("c.png", b"<html>"), ("d.png", PNG + bytes(480)), ("ann/e.exe", b"MZ"),
            ("ann/f.png", PNG + bytes(470)),
        ):  # fmt: skip
            options = {"head": content, "size_bytes": len(content), "user": user}
            is_taken = not _closed(shelf, path, **options)
            answer = client.put(f"/uploads/folders/shelf/{path}", content, content_type="")
            assert (answer.status_code == 201) is is_taken, (path, answer.content)
