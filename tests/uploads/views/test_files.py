"""Stored files by their ids."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import Settings

from smallweb.core.services.tokens import create_token
from smallweb.uploads import signed_url
from smallweb.uploads.services.policy import policy
from smallweb.uploads.services.store_file import delete_file
from tests.people import logged_in
from tests.uploads.folders import keep, make_folder

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(file: object) -> str:
    return f"/uploads/files/{getattr(file, 'uuid', file)}"


def test_a_file_of_a_public_folder_is_anyones(client: Client) -> None:
    file = keep(make_folder(), "sub/a.txt", b"hello")
    response = client.get(url_of(file))
    assert (response.status_code, response.content) == (200, b"hello")
    assert response["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert client.get(url_of(file), headers={"Range": "bytes=1-2"}).content == b"el"
    assert client.head(url_of(file)).content == b""


def test_who_may_not_read_hears_the_same_as_of_a_file_that_is_not_there(client: Client) -> None:
    ann, bob = User.objects.create(username="ann"), User.objects.create(username="bob")
    files = [
        keep(make_folder("staff", read_access="staff"), "a.txt"),
        keep(make_folder("nobody", read_access=""), "a.txt"),
        keep(make_folder("own", read_access="login", owner_only=True), "a.txt", user=ann),
        keep(make_folder("lost"), "a.txt"),
    ]
    delete_file(files[-1])
    for visitor in (client, logged_in(bob)):
        answers = {
            (answer.status_code, answer.content, str(sorted(answer.items())))
            for answer in (visitor.get(url_of(one)) for one in [*files, uuid.uuid4()])
        }
        assert len(answers) == 1
        assert answers.pop()[0] == 404
    assert logged_in(ann).get(url_of(files[2])).status_code == 200


def test_a_file_of_a_folder_that_is_switched_off_is_not_found(client: Client) -> None:
    folder = make_folder()
    file = keep(folder, "a.txt")
    link = signed_url(file)
    folder.enabled = False
    folder.save()
    policy.forget()
    assert client.get(url_of(file)).status_code == client.get(link).status_code == 404


def test_a_signed_link_opens_what_nobody_may_read(client: Client) -> None:
    file = keep(make_folder(read_access=""), "a.txt", b"hello")
    link = signed_url(file, seconds=60)
    assert client.get(url_of(file)).status_code == 404
    response = client.get(link)
    assert (response.status_code, response.content) == (200, b"hello")
    assert client.get(link, headers={"Range": "bytes=0-0"}).status_code == 206
    assert client.get(link.replace("signature=", "signature=x")).status_code == 403
    assert client.get(link.partition("&")[0]).status_code == 403
    assert client.get(link.replace(str(file.uuid), str(uuid.uuid4()))).status_code == 403
    with freeze_time(timezone.now() + timedelta(seconds=61)):
        late = client.get(link)
    assert (late.status_code, late.json()["error"]) == (410, "link_expired")
    delete_file(file)
    assert client.get(link).status_code == 404


def test_a_token_reads_for_its_user(client: Client) -> None:
    ann = User.objects.create(username="ann")
    file = keep(make_folder(read_access="login", owner_only=True), "a.txt", user=ann)
    for scopes, status in ((["uploads"], 200), (["rpc", "dispatch"], 401)):
        _, text = create_token(ann, name="x", scopes=scopes)
        headers = {"Authorization": f"Bearer {text}"}
        assert client.get(url_of(file), headers=headers).status_code == status


def test_other_methods_are_told_what_is_allowed(settings: Settings) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client.generic(method, url_of(uuid.uuid4()))
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.options(url_of(uuid.uuid4()))["Allow"] == "GET, HEAD, OPTIONS"
    assert client.get("/uploads/files/no-id").status_code == 404


def test_a_named_origin_may_read_the_answer(client: Client, settings: Settings) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "CORS": ["https://shop.example"]}
    file = keep(make_folder(), "a.txt")
    for origin, allowed in (("https://shop.example", "https://shop.example"), ("https://evil.example", None)):
        response = client.get(url_of(file), headers={"Origin": origin})
        assert response.get("Access-Control-Allow-Origin") == allowed
        asked = client.options(url_of(file), headers={"Origin": origin})
        assert asked.get("Access-Control-Allow-Methods") == (None if allowed is None else "GET, HEAD")
