"""Every URL and every operation of the admin of uploads, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from smallweb.uploads.models import StoredFile, Upload, UploadFolder, UploadHandler
from tests.uploads.admin.conftest import APP, SEEING, logged_in

pytestmark = pytest.mark.django_db

MODELS = ("uploadhandler", "uploadfolder", "storedfile", "upload")
OPERATIONS = {
    **{
        (f"upload{kind}", name): f"{APP}.change_upload{kind}"
        for kind in ("handler", "folder")
        for name in ("switch_on", "switch_off", "reset")
    },
    ("upload", "abort"): f"{APP}.abort_upload",
    ("upload", "call_again"): "smallweb_core.retry_taskrun",
}
# By name: what is asked beside the login, by GET and by POST; None where the method is refused.
OWN = {
    "uploadhandler_try": ("view_uploadhandler", "view_uploadhandler"),
    "uploadfolder_try": ("view_uploadfolder", "view_uploadfolder"),
    "storedfile_quota": ("view_storedfile", "view_storedfile"),
    "storedfile_orphans": ("view_storedfile", "delete_storedfile"),
    "storedfile_preview": ("view_storedfile", "view_storedfile"),
    "storedfile_download": ("view_storedfile", "view_storedfile"),
    "storedfile_link": (None, "change_storedfile"),
}
CLOSED = {f"{APP}_{name}" for name in (
    "uploadhandler_add", "uploadhandler_delete", "uploadfolder_delete", "storedfile_add", "upload_add",
    "upload_delete",
)}  # fmt: skip
DJANGO_VIEWS = [
    f"{APP}_{model}_{action}"
    for model in MODELS
    for action in ("changelist", "add", "history", "delete", "change")
]


def _names() -> list[str]:
    return sorted(
        pattern.name
        for model, model_admin in admin.site._registry.items()
        if model in (StoredFile, Upload, UploadFolder, UploadHandler)
        for pattern in model_admin.urls
        if pattern.name
    )


def _url(name: str, rows: dict[str, Any]) -> str:
    model = name.split("_")[2]
    if name.endswith("_do"):
        operation = next(operation for kind, operation in OPERATIONS if kind == model)
        return reverse(f"admin:{name}", args=[rows[model].pk, operation])
    has_row = not name.endswith(("changelist", "add", "quota", "orphans"))
    return reverse(f"admin:{name}", args=[rows[model].pk] if has_row else [])


def test_no_view_is_without_a_rule_here() -> None:
    doing = {f"{APP}_{model}_do" for model, _operation in OPERATIONS}
    assert set(_names()) == {*DJANGO_VIEWS, *doing, *(f"{APP}_{name}" for name in OWN)}


def test_no_operation_is_without_a_rule_here() -> None:
    found = {
        (str(model._meta.model_name), operation.name): operation.permission
        for model, model_admin in admin.site._registry.items()
        if model._meta.model_name in MODELS and model._meta.app_label == APP
        for operation in getattr(model_admin, "operations", ())
    }
    assert found == OPERATIONS


def test_visitors_and_plain_users_are_sent_to_the_login(rows: dict[str, Any]) -> None:
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        for name in _names():
            for answer in (client.get(_url(name, rows)), client.post(_url(name, rows))):
                assert (answer.status_code, name) == (302, name)
                assert answer["Location"].startswith("/admin/login/")
    assert not LogEntry.objects.exists()
    assert StoredFile.objects.count() == Upload.objects.count() == 1


def test_each_view_takes_its_permission(
    rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    without, seeing = staff(), staff(*SEEING)
    for name in DJANGO_VIEWS:
        model, action = name.split("_")[2:4]
        permission = f"{action if action in ('add', 'delete') else 'view'}_{model}"
        expected, url = 403 if name in CLOSED else 200, _url(name, rows)
        assert without.get(url).status_code == 403, name
        if not permission.startswith("view"):
            assert seeing.get(url).status_code == 403, name
        assert staff(permission).get(url).status_code == expected, name
        assert boss.get(url).status_code == expected, name


def test_each_page_of_its_own_takes_its_permission(
    rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    others = [name for name in SEEING if name != "view_storedfile"]
    for name, (getting, posting) in OWN.items():
        url = _url(f"{APP}_{name}", rows)
        for client in (staff(), staff(*(one for one in others if one != getting))):
            assert client.get(url).status_code == (405 if getting is None else 403), name
            assert client.post(url).status_code == 403, name
        if posting not in SEEING:
            assert staff(*SEEING).post(url).status_code == 403, name
        if posting.startswith("delete"):  # to change a row is to see it, in Django's admin
            assert staff(posting).post(url).status_code == 403, name
        allowed = {*SEEING, posting}
        for client in (staff(*allowed), boss):
            wanted = {"storedfile_preview": 404}.get(name, 200)  # a text has none
            assert client.get(url).status_code == (405 if getting is None else wanted), name
            assert client.post(url).status_code in (wanted, 302), name


def test_who_may_only_see_a_row_cannot_save_it(rows: dict[str, Any], staff: Callable[..., Client]) -> None:
    client = staff(*SEEING)
    for model in MODELS:
        url = reverse(f"admin:{APP}_{model}_change", args=[rows[model].pk])
        assert client.post(url, {"access": "public", "enabled": ""}).status_code == 403
        assert b"_save" not in client.get(url).content
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(("model", "operation"), OPERATIONS)
def test_an_operation_takes_its_permission(
    model: str, operation: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = reverse(f"admin:{APP}_{model}_do", args=[rows[model].pk, operation])
    listed = reverse(f"admin:{APP}_{model}_changelist")
    form = {"action": operation, "_selected_action": [rows[model].pk], "index": 0}
    for client in (staff(), staff(*SEEING)):
        assert client.post(url).status_code == 403
        client.post(listed, form)
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    permission = OPERATIONS[model, operation].partition(".")[2]
    assert staff(*SEEING, permission).post(url).status_code == 302
    expected = 0 if operation == "call_again" else 1  # which this one refuses: no worker was called
    assert LogEntry.objects.count() == expected


def test_posts_without_the_token_are_refused(rows: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    for name in _names():
        assert client.post(_url(name, rows)).status_code == 403, name
    assert not LogEntry.objects.exists()


def test_what_is_not_there_is_not_found(rows: dict[str, Any], boss: Client) -> None:
    for name in OWN:
        if not name.endswith(("quota", "orphans", "link")):
            assert boss.get(reverse(f"admin:{APP}_{name}", args=[10**6])).status_code == 404
    assert boss.post(reverse(f"admin:{APP}_storedfile_link", args=[10**6])).status_code == 404
