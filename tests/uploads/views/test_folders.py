"""Folders as trees of addresses: who may do what, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from smallweb.core.services.tokens import create_token
from smallweb.uploads.models import StoredFile
from tests.people import logged_in
from tests.uploads.folders import BASE, keep, make_folder, paths, put

pytestmark = pytest.mark.django_db(transaction=True)

HTML = {"Accept": "text/html"}


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


@pytest.mark.usefixtures("folders")
def test_a_form_puts_files_into_a_folder(client: Client) -> None:
    """As the rules of paths say: new ones here, and no other in their place."""
    files = {"file": [SimpleUploadedFile("a.txt", b"hello"), SimpleUploadedFile("b.txt", b"hello")]}
    answer = client.post("/uploads/folders/small/", files)
    assert answer.status_code == 201
    assert [file["path"] for file in answer.json()["files"]] == ["a.txt", "b.txt"]
    again = client.post("/uploads/folders/small/", {"file": SimpleUploadedFile("a.txt", b"other")})
    assert (again.status_code, again.json()["error"]) == (409, "already_there")
    both = {"file": [SimpleUploadedFile("c.txt", b"hello"), SimpleUploadedFile("a.txt", b"other")]}
    assert client.post("/uploads/folders/small/", both).status_code == 409
    assert sorted(StoredFile.objects.values_list("path", flat=True)) == ["a.txt", "b.txt"], "all or none"
    large = client.post("/uploads/folders/small/", {"file": SimpleUploadedFile("c.txt", b"x" * 1001)})
    assert (large.status_code, large.json()["error"]) == (413, "too_large")
    below = client.post("/uploads/folders/inbox/2026/june/", {"file": SimpleUploadedFile("a.txt", b"hello")})
    assert [file["path"] for file in below.json()["files"]] == ["2026/june/a.txt"]
    assert client.post("/uploads/folders/inbox/../x/", {}).status_code in (400, 404)


@pytest.mark.usefixtures("folders")
def test_tus_begins_at_a_folder(client: Client) -> None:
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "filename YS50eHQ="}
    kind = "application/offset+octet-stream"
    begun = client.post("/uploads/folders/inbox/", b"", content_type=kind, headers=tus)
    assert begun.status_code == 201
    body = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    more = client.patch(begun.headers["Location"], b"hello", content_type=kind, headers=body)
    assert (more.status_code, more.headers["Upload-Offset"]) == (204, "5")
    assert StoredFile.objects.get().path == "a.txt"
    assert client.options("/uploads/folders/inbox/").headers["Tus-Version"] == "1.0.0"
