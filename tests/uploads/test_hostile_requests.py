"""What strangers send that once was answered wrongly, or by nothing at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from smallweb.core.models import State
from smallweb.uploads.models import StoredFile, Upload, UploadFolder, UploadHandler
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.policy import policy
from smallweb.uploads.services.sweep import sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 100
TUS = {"Tus-Resumable": "1.0.0"}
KIND = "application/offset+octet-stream"


def begin(to: str, length: int, **given: Any) -> Any:
    """Begin a tus upload called a.png."""
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": "filename YS5wbmc="}
    return Client().post(to, b"", content_type=KIND, headers=headers, **given)


def add(location: str, content: bytes, offset: int = 0) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset)}
    return Client().patch(location, content, content_type=KIND, headers=headers)


def test_json_and_names_that_nobody_can_read_are_bad_requests() -> None:
    deep = "[" * 5000 + "]" * 5000
    answer = Client().post("/uploads/echo", f'{{"a": {deep}}}', content_type="application/json")
    assert answer.status_code == 400
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    for token in (5, None, True, ["a"]):
        body = json.dumps({"csrfmiddlewaretoken": token})
        answer = client.post("/uploads/private", body, content_type="application/json")
        assert answer.json()["error"] == "csrf_failed", token
    part = b'--x\r\nContent-Disposition: form-data; name="a\0b"\r\n\r\n1\r\n--x--\r\n'
    answer = Client().post("/uploads/echo", part, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_form")


def test_empty_files_are_counted() -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename=""\r\n\r\n\r\n'
    body = part * 1001 + b"--x--\r\n"
    assert (
        Client().post("/uploads/echo", body, content_type="multipart/form-data; boundary=x").status_code
        == 413
    )


def test_names_in_headers_that_cannot_be_decoded_are_bad_requests() -> None:
    for name in ("filename*=nosuch''%41", "filename*=idna''xn--%ff", 'filename="' + ";" * 5000):
        headers = {"Upload-Draft-Interop-Version": "6", "Upload-Complete": "?0"}
        headers["Content-Disposition"] = f"attachment; {name}"
        answer = Client().post("/uploads/echo", b"", content_type="text/plain", headers=headers)
        assert answer.status_code == 400, name[:40]


def test_a_part_is_not_put_as_the_whole() -> None:
    headers = {"Upload-Draft-Interop-Version": "6", "Upload-Complete": "?0"}
    answer = Client().put("/uploads/folders/inbox/a.txt", b"a", content_type="text/plain", headers=headers)
    assert answer.status_code == 400
    assert not StoredFile.objects.exists()


def test_what_is_switched_off_meanwhile_gets_nothing() -> None:
    for model, name in ((UploadHandler, "pictures"), (UploadFolder, "gallery")):
        location = begin("/uploads/pictures", len(PNG)).headers["Location"]
        assert add(location, PNG[:50]).status_code == 204
        model.objects.filter(name=name).update(enabled=False)
        policy.forget()
        assert add(location, PNG[50:], 50).status_code == 404
        assert not StoredFile.objects.exists()
        model.objects.update(enabled=True)
        policy.forget()


def test_access_is_asked_with_each_piece() -> None:
    location = begin("/uploads/echo", 10).headers["Location"]
    UploadHandler.objects.filter(name="echo").update(access="staff")
    policy.forget()
    assert add(location, b"0123456789").status_code == 401


def test_a_folder_behind_a_handler_keeps_its_own_rules_of_kinds() -> None:
    UploadHandler.objects.filter(name="pictures").update(accept=[])
    policy.forget()
    page = SimpleUploadedFile("x.html", b"<!doctype html><p>x", "text/html")
    answer = Client().post("/uploads/pictures", {"file": page})
    assert (answer.status_code, answer.json()["error"]) == (415, "type_mismatch")


def test_strangers_have_so_many_unfinished_uploads(settings: Any) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "MAX_OPEN": 2}
    answers = [begin("/uploads/echo", 10, REMOTE_ADDR="192.0.2.1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["error"] == "too_many"
    assert begin("/uploads/echo", 10, REMOTE_ADDR="192.0.2.2").status_code == 201


def test_room_is_kept_for_an_hour_while_no_byte_comes() -> None:
    location = begin("/uploads/pictures", 1000).headers["Location"]
    assert Upload.objects.get().reserved_bytes == 1000
    sweep(timezone.now() + timedelta(minutes=61))
    upload = Upload.objects.get()
    assert (upload.state, upload.reserved_bytes) == (State.LOST, 0)
    assert add(location, b"a").status_code == 410


def test_forms_of_a_server_that_was_killed_are_put_away(root: Any) -> None:
    Client().post("/uploads/pictures", {"file": SimpleUploadedFile("a.png", PNG)})
    Upload.objects.update(state=State.RUNNING, reserved_bytes=1000, finished_at=None)
    sweep(timezone.now() + timedelta(hours=3))
    upload = Upload.objects.get()
    assert (upload.state, upload.reserved_bytes) == (State.LOST, 0)


def test_two_files_of_one_name_are_refused_together() -> None:
    files = {"file": [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("a.txt", b"two")]}
    assert Client().post("/uploads/folders/inbox/", files).status_code == 409
    assert not StoredFile.objects.exists()


def killed_at_work(to: str) -> str:
    """Return the address of an upload that was kept, and whose server was killed before it had said so."""
    location: str = begin(to, len(PNG)).headers["Location"]
    assert add(location, PNG).status_code == 204
    Upload.objects.update(state=State.RUNNING, finished_at=None)
    upload = Upload.objects.get()
    get_root(upload.root).receiving(str(upload.uuid)).write_bytes(PNG)  # not removed yet, either
    return location


def test_a_folder_that_has_the_file_is_not_given_it_again() -> None:
    location = killed_at_work("/uploads/folders/inbox/")
    assert Client().head(location, headers=TUS).headers["Upload-Offset"] == str(len(PNG))
    assert Upload.objects.get().state == State.SUCCESSFUL
    assert [file.path for file in StoredFile.objects.all()] == ["a.png"]


def test_a_handler_that_may_have_been_called_is_not_called_again() -> None:
    location = killed_at_work("/uploads/pictures")
    assert Client().head(location, headers=TUS).status_code == 410
    assert Upload.objects.get().state == State.LOST
    assert [file.path for file in StoredFile.objects.all()] == ["a.png"]
