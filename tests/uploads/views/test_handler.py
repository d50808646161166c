"""Forms that are sent to handlers, and what is answered."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from smallweb.core.models import State, TaskRun
from smallweb.core.services.tokens import create_token
from smallweb.uploads.models import StoredFile, Upload, UploadHandler
from smallweb.uploads.services.policy import policy
from tests.uploads.conftest import files_in
from tests.workers import run_all_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 100
HTML = b"<!doctype html><script>alert(1)</script>"


def a_file(name: str = "a.txt", content: bytes = b"hello", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def post(name: str, data: Any = None, **headers: Any) -> Any:
    return Client().post(f"/uploads/{name}", data or {}, **headers)


def test_a_handler_gets_text_and_files() -> None:
    answer = post("echo", {"a": "1", "empty": "", "file": [a_file("../x/ä.txt"), a_file("b.png", PNG)]})
    assert answer.headers["Content-Type"] == "application/json"
    said = answer.json()
    assert said["text"] == {"a": "1", "empty": ""}
    first, second = said["files"]
    assert first == {
        "name": "ä.txt", "size": 5, "type": "text/plain", "begins": "hello", "field": "file",
        "sha256": hashlib.sha256(b"hello").hexdigest(),
    }  # fmt: skip
    assert (second["type"], second["size"]) == ("image/png", len(PNG))


def test_without_anything_text_is_an_empty_dict(root: Path) -> None:
    assert post("echo").json() == {"text": {}, "files": []}
    assert Client().post("/uploads/echo").json() == {"text": {}, "files": []}
    assert not root.exists()
    assert not Upload.objects.exists()


def test_forms_without_files_and_json_are_text() -> None:
    form = "application/x-www-form-urlencoded"
    assert post("echo", "a=1&a=2&b=%C3%A4", content_type=form).json()["text"] == {"a": "1", "b": "ä"}
    said = post("echo", json.dumps({"a": [1, {"b": None}]}), content_type="application/json").json()
    assert said["text"] == {"a": [1, {"b": None}]}


def test_of_repeated_fields_the_first_counts_unless_the_handler_wants_lists() -> None:
    assert post("echo", {"tag": ["a", "b"]}).json()["text"] == {"tag": "a"}
    said = post("tags", {"tag": ["a", "b"], "other": ["1", "2"]}).json()
    assert said == [{"tag": ["a", "b"], "other": "1"}, "first", "second"]


def test_large_files_go_through_the_disk_and_leave_nothing_there(root: Path) -> None:
    content = bytes(range(256)) * 4000
    said = post("echo", {"file": a_file("a.bin", content, "application/octet-stream")}).json()
    assert said["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert files_in(root) == []
    upload = Upload.objects.get()
    assert (upload.state, upload.handler, upload.reserved_bytes) == (State.SUCCESSFUL, "echo", 0)


def test_a_handler_saves_files_where_it_likes(tmp_path: Path) -> None:
    big = b"x" * 200_000
    answer = post("save", {"folder": str(tmp_path), "file": [a_file("../a.txt"), a_file("b.txt", big)]})
    assert answer.json() == [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    assert (tmp_path / "b.txt").read_bytes() == big


@pytest.mark.parametrize(
    ("what", "status", "kind", "body"),
    [
        ("none", 200, "application/json", b"null"),
        ("number", 200, "application/json", b"7"),
        ("text", 200, "application/json", '"ä"'.encode()),
        ("tuple", 200, "application/json", b'[1,"b"]'),
        ("list", 200, "application/json", b"[]"),
        ("bytes", 200, "application/octet-stream", b"\0\1"),
        ("response", 418, "text/html; charset=utf-8", b"teapot"),
    ],
)
def test_what_a_handler_returns(what: str, status: int, kind: str, body: bytes) -> None:
    answer = post("odd", {"what": what})
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (status, kind, body)


def test_what_goes_wrong_in_a_handler(caplog: pytest.LogCaptureFixture) -> None:
    wanted = {
        "raise": (500, "call_failed"), "exit": (500, "call_failed"), "object": (500, "call_failed"),
        "hang": (504, "timed_out"), "refuse": (422, "no_cats"),
    }  # fmt: skip
    for what, (status, code) in wanted.items():
        answer = post("odd", {"what": what})
        assert (answer.status_code, answer.json()["error"]) == (status, code), what
        assert b"secret" not in answer.content
    assert "the secret of the site" in caplog.text
    assert post("hang_async").status_code == 504


def test_who_may_is_asked_before_anything_is_read() -> None:
    assert post("private", {"file": a_file()}).status_code == 401
    user = User.objects.create_user("ann")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/uploads/private", {}).json()["error"] == "csrf_failed"
    token = "a" * 32
    client.cookies["csrftoken"] = token
    assert client.post("/uploads/private", {}, headers={"X-CSRFToken": token}).json() == "ann 0"
    form = {"csrfmiddlewaretoken": token, "file": a_file()}
    assert client.post("/uploads/private", form).json() == "ann 1"
    late = {"file": a_file(), "csrfmiddlewaretoken": token}
    assert client.post("/uploads/private", late).json()["error"] == "csrf_failed", "after the file"
    assert client.post("/uploads/private", {**form, "csrfmiddlewaretoken": "b" * 32}).status_code == 403


def test_pages_of_other_sites_are_refused(settings: Any) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert post("echo", {}, headers=foreign).json()["error"] == "foreign_origin"
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "CORS": ["https://evil.example"]}
    answer = post("echo", {}, headers=foreign)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example"


def test_programs_use_tokens_of_this_scope() -> None:
    user = User.objects.create_user("ann")
    for scope, status in (("uploads", 200), ("rpc", 401)):
        _, token = create_token(user, name=scope, scopes=[scope])
        answer = post("private", {}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, scope


def test_kinds_and_sizes_that_are_not_taken(root: Path) -> None:
    def refused(*files: SimpleUploadedFile) -> tuple[int, str]:
        answer = post("pictures", {"file": list(files)})
        return answer.status_code, answer.json()["error"]

    assert refused(a_file("a.txt")) == (415, "type_mismatch")
    assert refused(a_file("a.png", HTML, "image/png")) == (415, "type_mismatch")
    assert refused(a_file("a.png", PNG + b"x" * 100_000)) == (413, "too_large")
    assert refused(*[a_file("a.png", PNG) for _ in range(3)]) == (413, "too_large")
    assert files_in(root) == [] if root.exists() else True
    assert not StoredFile.objects.exists()
    assert not Upload.objects.open().exists()


def test_a_handlers_folder_keeps_what_came_and_replaces_nothing(root: Path) -> None:
    assert post("pictures", {"file": a_file("a.png", PNG)}).json() == ["a.png"]
    assert post("pictures", {"file": a_file("a.png", PNG)}).json() == ["a (2).png"]
    assert files_in(root) == ["stored", "stored"]
    file = StoredFile.objects.get(path="a.png")
    assert (file.sha256, file.content_type, file.handler) == (
        hashlib.sha256(PNG).hexdigest(),
        "image/png",
        "pictures",
    )
    assert (root / "stored" / file.key[:2] / file.key[2:4] / file.key).read_bytes() == PNG


def test_a_worker_calls_a_background_handler(root: Path) -> None:
    answer = post("later", {"name": "x", "file": [a_file(), a_file("b.txt", b"y" * 100_000)]})
    assert answer.status_code == 202
    status = answer.headers["Location"]
    assert answer.json()["status"] == status
    assert Client().get(status).json() == {"status": "Running", "state": ""}
    assert files_in(root) == ["receiving", "receiving"]
    run_all_tasks()
    assert Client().get(status).json() == {"status": "SUCCESS", "data": {"name": "x", "sizes": [5, 100_000]}}
    assert files_in(root) == []
    assert Upload.objects.get().state == State.SUCCESSFUL


def test_a_background_handler_that_fails_says_so() -> None:
    def end_of(fail: str) -> dict[str, Any]:
        status = post("later", {"fail": fail}).headers["Location"]
        TaskRun.objects.update(max_attempts=1)
        run_all_tasks()
        told: dict[str, Any] = Client().get(status).json()
        return told

    assert end_of("public") == {"status": "FAILURE", "error": "Not this one."}
    assert end_of("else") == {"status": "FAILURE", "error": "ValueError"}
    assert set(Upload.objects.values_list("state", flat=True)) == {State.FAILED}


def test_the_status_is_its_users_alone() -> None:
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    client, other = Client(), Client()
    client.force_login(ann)
    other.force_login(bob)
    status = client.post("/uploads/later", {}).headers["Location"]
    assert client.get(status).status_code == 200
    assert other.get(status).status_code == Client().get(status).status_code == 404
    assert client.post(status).status_code == 405
    assert client.get("/uploads/status/00000000-0000-4000-8000-000000000000").status_code == 404


def test_operators_switch_handlers_off_and_change_their_rules() -> None:
    row = UploadHandler.objects.get(name="echo")
    row.max_bytes = 10
    row.accept = [".txt"]
    row.save()
    policy.forget()
    assert post("echo", {"file": a_file("a.txt", b"0123456789")}).status_code == 200
    assert post("echo", {"file": a_file("a.txt", b"0123456789x")}).status_code == 413
    assert post("echo", {"file": a_file("a.csv")}).status_code == 415
    UploadHandler.objects.filter(name="echo").update(enabled=False)
    policy.forget()
    assert post("echo").status_code == 404


def test_quotas_hold_for_the_user_and_are_given_back(settings: Any) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "USER_QUOTA_BYTES": 250}
    client = Client()
    client.force_login(User.objects.create_user("ann"))

    def send() -> Any:
        return client.post("/uploads/pictures", {"file": a_file("a.png", PNG)})

    assert [send().status_code for _ in range(3)] == [200, 200, 413]
    assert send().json()["error"] == "quota_exceeded"
    StoredFile.objects.all().delete()
    assert send().status_code == 200


def test_a_full_disk_is_said(settings: Any) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "MIN_FREE_BYTES": 2**60}
    answer = post("echo", {"file": a_file("a.bin", b"\0" * 200_000)})
    assert (answer.status_code, answer.json()["error"]) == (507, "disk_full")


def test_bad_bodies_are_refused() -> None:
    multipart = "multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    bodies: list[tuple[bytes, str, int]] = [
        (part, multipart, 400), (b"nonsense", multipart, 400), (part + b"--x--\r\n", multipart, 200),
        (part, "multipart/form-data", 400), (b"--x\r\n\r\n1\r\n--x--\r\n", multipart, 400),
        (part.replace(b"1", b"\xff") + b"--x--\r\n", multipart, 400), (b"--x--\r\n", multipart, 200),
        (b"{", "application/json", 400), (b"[1]", "application/json", 400), (b"a", "text/plain", 400),
        (b"a=" + b"x" * 2**20, "application/x-www-form-urlencoded", 413),
        (part.replace(b"1", b"x" * 2**20 + b"x") + b"--x--\r\n", multipart, 413),
        (part * 1001 + b"--x--\r\n", multipart, 413),
    ]  # fmt: skip
    for body, kind, status in bodies:
        answer = Client().post("/uploads/echo", body, content_type=kind)
        assert answer.status_code == status, (body[:80], kind, answer.content)
        assert status == 200 or answer.json()["message"]


def test_only_posts_are_calls() -> None:
    answer = Client().put("/uploads/echo", b"x")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert Client().post("/uploads/nothing").status_code == 404
