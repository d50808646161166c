"""What is in a folder, for programs, for people and as a ZIP."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from smallweb.uploads.models import StoredFile, UploadFolder
from smallweb.uploads.services.list_files import PAGE_FILES
from smallweb.uploads.services.policy import policy
from tests.people import logged_in
from tests.uploads.folders import BASE, body_of, keep, make_folder

pytestmark = pytest.mark.django_db(transaction=True)

HTML = {"Accept": "text/html"}


def test_programs_get_the_list_as_json(client: Client) -> None:
    file = keep(make_folder(), "sub/ä.txt", b"hello")
    response = client.get(BASE)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "private, no-cache"
    (listed,) = response.json()["files"]
    assert listed | {"created_at": ""} == {
        "path": "sub/ä.txt", "size_bytes": 5, "content_type": "text/plain", "sha256": file.sha256,
        "created_at": "", "url": f"/uploads/files/{file.uuid}",
    }  # fmt: skip
    assert client.get(listed["url"]).content == b"hello"
    assert response.json()["next"] is None
    assert client.get(f"{BASE}sub/%C3%A4.txt").content == b"hello"


def test_a_long_list_comes_in_pages(client: Client, django_assert_max_num_queries: Any) -> None:
    folder = make_folder()
    one = keep(folder, "p/000.txt")
    rows = [
        StoredFile(
            folder=folder, path=f"p/{number:03}.txt", root=one.root, key=str(number), size_bytes=1,
            sha256=one.sha256, content_type="text/plain", created_at=one.created_at,
        )
        for number in range(1, 2 * PAGE_FILES + 1)
    ]  # fmt: skip
    StoredFile.objects.bulk_create(rows)
    keep(folder, "P/upper.txt")
    found, url = [], f"{BASE}?prefix=p/"
    while url:
        with django_assert_max_num_queries(8):
            page = client.get(url).json()
        found += [file["path"] for file in page["files"]]
        url = page["next"]
    assert found == [f"p/{number:03}.txt" for number in range(2 * PAGE_FILES + 1)]
    assert b'rel="next"' in client.get(BASE, headers=HTML).content


def test_a_prefix_is_no_pattern(client: Client) -> None:
    folder = make_folder()
    for path in ("a_b.txt", "axb.txt", "A_b.txt"):
        keep(folder, path)
    assert [file["path"] for file in client.get(f"{BASE}?prefix=a_").json()["files"]] == ["a_b.txt"]
    assert client.get(f"{BASE}?prefix=%25").json()["files"] == []
    for query in ("prefix=%00", "after=%00", f"prefix={'x' * 501}"):
        assert client.get(f"{BASE}?{query}").status_code == 400


def test_people_get_a_page_that_works_without_scripts(client: Client) -> None:
    folder = make_folder(accept=["images"])
    keep(folder, "<b>&'\".txt".replace("<", "(").replace('"', ""))
    StoredFile.objects.update(path="<img src=x onerror=alert(1)>.png")
    page = client.get(BASE, headers=HTML)
    text = page.content.decode()
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;.png" in text
    assert text.count("<script") == text.count('<script type="module" src="') <= 1
    assert ' style="' not in text
    assert 'type="file" name="file" multiple' in text
    assert "image/*" in text or ".png" in text
    assert 'href="?zip"' in text


def test_who_may_not_send_or_read_gets_no_form_and_no_links(client: Client) -> None:
    keep(make_folder(access="login", read_access="staff"), "a.txt")
    text = client.get(BASE, headers=HTML).content.decode()
    assert "a.txt" in text
    assert "<form" not in text
    assert "<a " not in text


def test_all_files_or_named_ones_come_as_a_zip(client: Client) -> None:
    folder = make_folder()
    for path in ("a.txt", "sub/b.txt", "sub/c.txt"):
        keep(folder, path, path.encode())
    for query, names in {
        "zip": ["a.txt", "sub/b.txt", "sub/c.txt"],
        "zip=": ["a.txt", "sub/b.txt", "sub/c.txt"],
        "zip&prefix=sub/": ["sub/b.txt", "sub/c.txt"],
        "zip=sub/c.txt&zip=a.txt&zip=a.txt": ["a.txt", "sub/c.txt"],
    }.items():
        response = client.get(f"{BASE}?{query}")
        assert response["Content-Type"] == "application/zip"
        assert response["Content-Disposition"] == 'attachment; filename="shelf.zip"'
        archive = zipfile.ZipFile(io.BytesIO(body_of(response)))
        assert archive.namelist() == names
        assert all(archive.read(name) == name.encode() for name in names)
    assert client.head(f"{BASE}?zip").content == b""


def test_a_zip_has_only_what_the_caller_may_read() -> None:
    ann, bob = User.objects.create(username="ann"), User.objects.create(username="bob")
    folder = make_folder(owner_only=True, list_access="login", read_access="login")
    keep(folder, "ann.txt", user=ann)
    keep(folder, "bob.txt", user=bob)
    client = logged_in(ann)
    archive = zipfile.ZipFile(io.BytesIO(body_of(client.get(f"{BASE}?zip"))))
    assert archive.namelist() == ["ann.txt"]
    for path in ("bob.txt", "none.txt", "../x", "%00"):
        assert client.get(f"{BASE}?zip=ann.txt&zip={path}").status_code == 404
    UploadFolder.objects.update(list_access="")
    policy.forget()
    assert client.get(f"{BASE}?zip").status_code == 403
    assert client.get(f"{BASE}?zip=ann.txt").status_code == 200
    UploadFolder.objects.update(list_access="login", read_access="")
    policy.forget()
    assert client.get(f"{BASE}?zip").status_code == client.get(f"{BASE}?zip=ann.txt").status_code == 403


def test_too_many_named_files_are_refused(client: Client) -> None:
    make_folder()
    response = client.get(f"{BASE}?{'&'.join(f'zip={number}' for number in range(501))}")
    assert (response.status_code, json.loads(response.content)["error"]) == (413, "too_large")
