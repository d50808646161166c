"""Files that are put: rules, names, kinds, conditions and limits."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from smallweb.core.models import State
from smallweb.uploads.models import StoredFile, Upload
from smallweb.uploads.services.blobs import get_root
from tests.people import logged_in
from tests.uploads.folders import BASE, keep, make_folder, nothing_is_left, paths, put

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_a_put_makes_a_file_and_then_replaces_it(client: Client) -> None:
    make_folder()
    response = put(client, "sub/a.txt", b"one")
    assert response.status_code == 201
    assert response["Location"] == f"{BASE}sub/a.txt"
    assert response.json()["files"][0]["path"] == "sub/a.txt"
    before = StoredFile.objects.get()
    assert response["ETag"] == f'"{before.sha256}"'
    response = put(client, "sub/a.txt", b"two")
    assert (response.status_code, response.content) == (204, b"")
    after = StoredFile.objects.get()
    assert (after.sha256, response["ETag"]) != (before.sha256, before.sha256)
    assert client.get(f"{BASE}sub/a.txt").content == b"two"
    assert nothing_is_left()
    assert list(Upload.objects.values_list("state", "reserved_bytes")) == [(State.SUCCESSFUL, 0)] * 2


def test_an_nfd_path_is_the_nfc_one(client: Client) -> None:
    make_folder()
    assert put(client, "a%CC%88.txt").status_code == 201
    assert paths() == ["\u00e4.txt"]
    assert client.get(f"{BASE}a%CC%88.txt").status_code == 200


def test_the_rules_of_paths_decide(client: Client) -> None:
    folder = make_folder(create_rules=["*.txt", "new/*"], overwrite_rules=["new/*"])
    assert put(client, "a.txt").status_code == 201
    assert put(client, "a.txt").status_code == 409
    assert put(client, "b.md").status_code == 403
    assert put(client, "sub/a.txt").status_code == 403
    assert [put(client, "new/a.md").status_code for _ in range(2)] == [201, 204]
    keep(folder, "b.md")
    assert put(client, "b.md").status_code == 409
    assert nothing_is_left()


def test_names_that_do_harm_somewhere_are_refused(client: Client) -> None:
    make_folder()
    for path in (
        "CON", "nul.txt", "aux.html", "a.txt.", "a.txt%20", "a.txt::$DATA", ".htaccess", "-rf",
        "%3Cimg%3E.png",
        "a%0Db.txt", "a%00.txt", "%E2%80%AEgpj.exe", "%EF%BC%8E%EF%BC%8E/etc", "../a.txt", "%2e%2e/a.txt",
        "sub/../a.txt", "sub//a.txt", "sub/", "%5C..%5Ca.txt", "~/" * 9, "x" * 200, "COM1.png",
    ):  # fmt: skip
        response = put(client, path)
        assert response.status_code in (400, 404), path
    assert paths() == []
    assert nothing_is_left()


def test_content_that_is_not_what_the_name_says_is_refused(client: Client) -> None:
    make_folder(accept=["images"])
    page = b"<!doctype html><script>alert(1)</script>"
    table = {
        "a.png": page, "b.svg": b"<svg onload='alert(1)'/>", "c.gif": b"GIF", "d.html": page,
        "e.txt": b"text",
        "f.php.png": b"<?php", "g": page, "h.png": b"", "i.jpg": PNG, "j.pdf": b"%PDF-1.7\nPK\x03\x04",
    }  # fmt: skip
    for path, body in table.items():
        response = put(client, path, body)
        assert (response.status_code, response.json()["error"]) == (415, "type_mismatch"), path
    assert put(client, "a.png", PNG).status_code == 201
    assert client.get(f"{BASE}a.png")["Content-Type"] == "image/png"
    assert nothing_is_left()


def test_a_part_of_a_file_is_refused(client: Client) -> None:
    make_folder()
    assert put(client, "a.txt", Content_Range="bytes 0-6/100").status_code == 400
    assert paths() == []


def test_conditions_hold_for_what_is_there(client: Client) -> None:
    make_folder()
    assert put(client, "a.txt", b"zero", If_Match="*").status_code == 412
    assert put(client, "a.txt", b"one", If_None_Match="*").status_code == 201
    assert put(client, "a.txt", b"two", If_None_Match="*").status_code == 412
    etag = client.get(f"{BASE}a.txt")["ETag"]
    assert put(client, "a.txt", b"two", If_None_Match=etag).status_code == 412
    assert put(client, "a.txt", b"two", If_Match='"other"').status_code == 412
    assert put(client, "a.txt", b"two", If_Match=f"W/{etag}").status_code == 412
    assert put(client, "a.txt", b"two", If_Match="nonsense").status_code == 412
    assert put(client, "a.txt", b"two", If_Match=f'"other", {etag}').status_code == 204
    assert client.delete(f"{BASE}a.txt", headers={"If-Match": etag}).status_code == 412
    assert client.get(f"{BASE}a.txt").content == b"two"
    assert client.delete(f"{BASE}a.txt", headers={"If-Match": "*"}).status_code == 204
    assert nothing_is_left()


def test_limits_hold_before_and_while_the_bytes_come(client: Client, settings: Settings) -> None:
    make_folder(max_bytes=200_000, quota_bytes=300_000)
    assert put(client, "a.bin", bytes(200_001)).status_code == 413
    assert put(client, "a.bin", bytes(200_000)).status_code == 201
    full = put(client, "b.bin", bytes(150_000))
    assert (full.status_code, full.json()["error"]) == (413, "quota_exceeded")
    small = put(client, "b.bin", bytes(100_001))
    assert (small.status_code, small.json()["error"]) == (413, "quota_exceeded")
    assert put(client, "b.bin", bytes(100_000)).status_code == 201
    assert put(client, "c.bin", b"\0").status_code == 413
    assert client.delete(f"{BASE}b.bin").status_code == 204
    assert put(client, "c.bin", b"\0").status_code == 201
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "MIN_FREE_BYTES": 2**60}
    assert put(client, "d.bin", bytes(70_000)).status_code == 507
    assert put(client, "d.bin", b"\0").status_code == 507
    assert paths() == ["a.bin", "c.bin"]
    assert nothing_is_left()


def test_a_users_quota_counts_in_all_folders(settings: Settings) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "USER_QUOTA_BYTES": 10}
    keep(make_folder("other"), "x.txt", b"12345678", user=(ann := User.objects.create(username="ann")))
    make_folder()
    assert put(logged_in(ann), "a.txt", b"123").status_code == 413
    assert put(logged_in(ann), "a.txt", b"12").status_code == 201
    assert put(Client(), "b.txt", b"123").status_code == 201


def test_bytes_that_were_replaced_or_deleted_are_gone(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    folder = make_folder()
    keys = [keep(folder, "a.txt", b"one").key]
    with django_capture_on_commit_callbacks(execute=True):
        put(client, "a.txt", b"two")
    keys.append(StoredFile.objects.get().key)
    assert [get_root()._path(key).exists() for key in keys] == [False, True]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{BASE}a.txt").status_code == 204
    assert not get_root()._path(keys[1]).exists()
    assert client.delete(f"{BASE}a.txt").status_code == 404
