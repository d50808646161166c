"""Folders as trees of addresses: who may do what, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from smallweb.core.models import State
from smallweb.core.services.tokens import create_token
from smallweb.uploads.models import StoredFile, Upload, UploadFolder
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.list_files import PAGE_FILES
from tests.people import logged_in
from tests.uploads.folders import body_of, keep, make_folder

pytestmark = pytest.mark.django_db(transaction=True)

HTML = {"Accept": "text/html"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
BASE = "/uploads/folders/shelf/"


def put(client: Client, path: str, body: bytes = b"content", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put(f"{BASE}{path}", body, content_type="application/octet-stream", headers=named)


def paths() -> list[str]:
    return list(StoredFile.objects.order_by("path").values_list("path", flat=True))


def nothing_is_left() -> bool:
    """Whether no temporary file lies about and no upload holds room."""
    lying = list((get_root().folder / "receiving").glob("*"))
    return not lying and not Upload.objects.open().exists()


# Who may do what


def test_each_rule_lets_in_whom_it_names() -> None:
    """Rule by rule and visitor by visitor: what GET of the list, GET, PUT and DELETE of a file answer."""
    owner, other = User.objects.create(username="owner"), User.objects.create(username="other")
    staff = User.objects.create(username="staff", is_staff=True)
    boss = User.objects.create_superuser("boss")
    clients = [Client(), logged_in(owner), logged_in(other), logged_in(staff), logged_in(boss)]
    fine = (200, 200, 204, 204)
    table: dict[tuple[str, bool], list[tuple[int, ...]]] = {
        ("public", False): [fine] * 5,
        ("login", False): [(401, 401, 401, 401), fine, fine, fine, fine],
        ("staff", False): [(401,) * 4, (403,) * 4, (403,) * 4, fine, fine],
        ("", False): [(403,) * 4] * 5,
        ("login", True): [(401,) * 4, fine, (200, 404, 403, 404), (200, 404, 403, 404), fine],
    }
    for number, ((rule, owner_only), rows) in enumerate(table.items()):
        rules = dict.fromkeys(("access", "read_access", "list_access", "delete_access"), rule)
        folder = make_folder(f"f{number}", owner_only=owner_only, **rules)
        base = f"/uploads/folders/f{number}/"
        for client, expected in zip(clients, rows, strict=True):
            StoredFile.objects.filter(folder=folder).delete()
            keep(folder, "a.txt", user=owner)
            answers = (
                client.get(base),
                client.get(f"{base}a.txt"),
                client.put(f"{base}a.txt", b"new", content_type="text/plain"),
                client.delete(f"{base}a.txt"),
            )
            assert tuple(answer.status_code for answer in answers) == expected, (rule, owner_only)
            if owner_only and expected[1] == 404:
                assert answers[0].json()["files"] == []
                assert StoredFile.objects.get(folder=folder).user == owner


def test_an_overseer_sees_the_files_of_all() -> None:
    folder = make_folder(owner_only=True)
    keep(folder, "a.txt", user=User.objects.create(username="owner"))
    keeper = User.objects.create(username="keeper")
    assert logged_in(keeper).get(f"{BASE}a.txt").status_code == 404
    keeper.user_permissions.add(Permission.objects.get(codename="change_uploadfolder"))
    assert logged_in(keeper).get(f"{BASE}a.txt").status_code == 200


def test_visitors_have_no_files_of_their_own(client: Client) -> None:
    keep(make_folder(owner_only=True), "a.txt")
    assert client.get(BASE).json()["files"] == []
    assert client.get(f"{BASE}a.txt").status_code == client.delete(f"{BASE}a.txt").status_code == 404
    assert put(client, "a.txt").status_code == 403


def test_another_users_file_is_answered_as_one_that_is_not_there() -> None:
    keep(make_folder(owner_only=True), "a.txt", user=User.objects.create(username="owner"))
    client = logged_in(User.objects.create(username="other"))
    for ask in (client.get, client.head, client.delete):
        hers, none = ask(f"{BASE}a.txt"), ask(f"{BASE}b.txt")
        assert (hers.status_code, hers.content, dict(hers.items())) == (
            none.status_code, none.content, dict(none.items()),
        )  # fmt: skip


def test_a_page_of_another_site_may_do_nothing(settings: Settings) -> None:
    make_folder(access="login", delete_access="login")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create(username="ann"))
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert put(client, "a.txt", b"content", **headers).status_code == 403
        assert client.delete(f"{BASE}a.txt", headers=headers).status_code == 403
    page = client.get(BASE, headers=HTML).content.decode()
    assert 'name="csrfmiddlewaretoken"' in page
    token = client.cookies["csrftoken"].value
    assert put(client, "a.txt", X_CSRFToken=token).status_code == 201
    assert client.delete(f"{BASE}a.txt", headers={"X-CSRFToken": token}).status_code == 204


def test_a_token_acts_for_its_user(client: Client) -> None:
    ann = User.objects.create(username="ann")
    make_folder(access="login", create_rules=["{user}/*"])
    for scopes, status in ((["dispatch"], 401), (["uploads"], 201)):
        _, text = create_token(ann, name="x", scopes=scopes)
        assert put(client, "ann/a.txt", Authorization=f"Bearer {text}").status_code == status
    assert put(client, "bob/a.txt", Authorization=f"Bearer {text}").status_code == 403
    assert StoredFile.objects.get().user == ann


def test_what_is_no_folder_is_not_found(client: Client) -> None:
    make_folder("off", enabled=False)
    for name in ("none", "off", "..", "%2e%2e", "a%00b"):
        for ask in (client.get, client.delete):
            assert ask(f"/uploads/folders/{name}/").status_code == 404
            assert ask(f"/uploads/folders/{name}/a.txt").status_code == 404


def test_other_methods_are_told_what_is_allowed(client: Client) -> None:
    make_folder()
    assert client.patch(f"{BASE}a.txt")["Allow"] == "GET, HEAD, PUT, DELETE, OPTIONS"
    assert client.put(BASE).status_code == client.delete(BASE).status_code == 405
    assert client.options(f"{BASE}a.txt")["Allow"] == "GET, HEAD, PUT, DELETE, OPTIONS"


# The list


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


def test_people_get_a_page_without_scripts(client: Client) -> None:
    folder = make_folder(accept=["images"])
    keep(folder, "<b>&'\".txt".replace("<", "(").replace('"', ""))
    StoredFile.objects.update(path="<img src=x onerror=alert(1)>.png")
    page = client.get(BASE, headers=HTML)
    text = page.content.decode()
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;.png" in text
    assert "<script" not in text
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


# Fetching


def test_a_file_is_fetched_with_ranges(client: Client) -> None:
    keep(make_folder(), "sub/a.txt", b"hello")
    response = client.get(f"{BASE}sub/a.txt", headers={"Range": "bytes=1-2"})
    assert (response.status_code, response.content) == (206, b"el")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_path_leads_out_of_a_folder(client: Client, tmp_path: Path) -> None:
    keep(make_folder("other", read_access=""), "a.txt")
    keep(make_folder(), "a.txt")
    for path in (
        "../other/a.txt", "%2e%2e/other/a.txt", "..%2fother%2fa.txt", "%252e%252e/other/a.txt", "/etc/passwd",
        "//a.txt", "./a.txt", "a.txt/", "a.txt%00", "a.txt%0a", "%5c..%5cetc", "a.txt::$DATA", "a.txt.",
        "a.txt ", "A.TXT", "\uff0e\uff0e/a.txt", "x" * 600, "/".join("x" * 20),
    ):  # fmt: skip
        for ask in (client.get, client.delete):
            assert ask(f"{BASE}{path}").status_code == 404, path
    assert len(paths()) == 2


# Putting


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


# ZIP


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
    from smallweb.uploads.services.policy import policy

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
