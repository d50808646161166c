"""Handlers, folders and uploads in the admin."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from smallweb.core.models import State
from smallweb.uploads.admin.sizes import SizeField, exact_text, size_text
from smallweb.uploads.models import Upload, UploadFolder, UploadHandler
from smallweb.uploads.services.policy import read_policy
from tests.uploads.admin.conftest import ADMIN, make_upload

pytestmark = pytest.mark.django_db
FORM = {
    "enabled": "on", "access": "login", "read_access": "", "list_access": "", "delete_access": "",
    "accept": "", "create_rules": "", "overwrite_rules": "", "max_bytes": "", "root": "",
    "quota_bytes": "", "keep_days": "",
}  # fmt: skip


def _text(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def _save(client: Client, row: Any, **changes: str) -> str:
    url = f"{ADMIN}/{row._meta.model_name}/{row.pk}/change/"
    return html.unescape(client.post(url, {**FORM, **changes}, follow=True).content.decode())


def test_sizes_are_read_and_written() -> None:
    field = SizeField(required=False)
    for text, size in (
        ("10 MiB", 10 * 2**20), ("10M", 10 * 2**20), ("1.5 GB", 3 * 2**29), ("1,5g", 3 * 2**29), ("7", 7),
        ("7 bytes", 7), ("", None), ("0", 0),
    ):  # fmt: skip
        assert field.clean(text) == size, text
    for wrong in ("ten", "-1", "1e9", "9" * 400, "99999999 TiB", "1 XiB", "nan", "1 MiB x"):
        with pytest.raises(Exception, match="Write a size"):
            field.clean(wrong)
    for size in (0, 1, 1024, 1536, 10 * 2**20, 3 * 2**50):
        assert field.clean(exact_text(size)) == size
        assert not field.has_changed(size, exact_text(size))
    assert field.has_changed(1, "wrong")
    assert (size_text(0), size_text(1536), size_text(200_000), size_text(2**60)) == (
        "0 B", "1.5 KiB", "195 KiB", "1048576 TiB",
    )  # fmt: skip


def test_a_folder_is_made_and_holds_at_once(boss: Client) -> None:
    answer = boss.post(
        f"{ADMIN}/uploadfolder/add/",
        {
            **FORM,
            "name": "new",
            "create_rules": "*.png\r\n\r\n a/** ",
            "accept": "images",
            "quota_bytes": "10 MiB",
        },
    )
    assert answer.status_code == 302
    rules = read_policy().folders["new"]
    assert (rules.create_rules, rules.accept, rules.quota_bytes) == (
        ("*.png", "a/**"),
        ("images",),
        10 * 2**20,
    )
    row = UploadFolder.objects.get(name="new")
    assert boss.post(f"{ADMIN}/uploadfolder/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert "new" not in read_policy().folders


def test_what_is_no_rule_or_name_is_refused_in_words(folders: None, boss: Client) -> None:
    row = UploadFolder.objects.get(name="inbox")
    for field, value, words in (
        ("create_rules", "*.png\n/etc", "paths begin in the folder"),
        ("create_rules", "a\x00b", "control character"),
        ("accept", "imagse", "nearest is 'images'"),
        ("accept", "a\x00", "No kind of file"),
        ("access", "everyone", "is no access rule"),
        ("max_bytes", "big", "Write a size"),
        ("keep_days", "0", "Write a number over 0"),
        ("root", "nowhere", "nowhere"),
    ):
        assert words in _save(boss, row, **{field: value}), field
    for name in ("a b", "../x", "files", ""):
        answer = boss.post(f"{ADMIN}/uploadfolder/add/", {**FORM, "name": name})
        assert answer.status_code == 200, name
    row.refresh_from_db()
    assert (row.create_rules, row.access) == (["**"], "public")


def test_edits_are_marked_and_given_up(folders: None, boss: Client) -> None:
    row = UploadHandler.objects.get(name="pictures")
    changed = {"access": "staff", "accept": "image/png", "max_bytes": "1 MiB", "max_files": "2"}
    _save(boss, row, **changed)
    rules = read_policy().handlers["pictures"]
    assert (rules.access, rules.accept, rules.max_bytes) == ("staff", ("image/png",), 2**20)
    assert "edited here" in _text(boss, f"{ADMIN}/uploadhandler/")
    boss.post(f"{ADMIN}/uploadhandler/{row.pk}/do/reset/")
    assert read_policy().handlers["pictures"].accept == ("image/*",)
    boss.post(f"{ADMIN}/uploadhandler/{row.pk}/do/switch_off/")
    assert "pictures" not in read_policy().handlers
    assert "edited here" not in _text(boss, f"{ADMIN}/uploadhandler/")


def test_the_page_of_a_handler_says_how_to_send(folders: None, boss: Client) -> None:
    make_upload(handler="pictures", received_bytes=2048)
    row = UploadHandler.objects.get(name="pictures")
    page = _text(boss, f"{ADMIN}/uploadhandler/{row.pk}/change/")
    assert 'action="/uploads/pictures"' in page
    assert 'accept="image/*' in page
    assert "curl http://testserver/uploads/pictures" in page
    assert '1 upload <span class="smallweb-quiet">2.0 KiB' in page
    assert "?by=pictures" in page
    assert "?to=pictures" in page
    UploadHandler.objects.filter(pk=row.pk).update(name="gone")
    assert boss.get(f"{ADMIN}/uploadhandler/{row.pk}/change/").status_code == 200
    assert "Its code is gone" in _text(boss, f"{ADMIN}/uploadhandler/{row.pk}/try/")


def test_the_room_of_a_folder_is_a_bar(folders: None, boss: Client) -> None:
    make_upload(folder="small", reserved_bytes=1250)
    assert '<progress max="1" value="0.5"' in _text(boss, f"{ADMIN}/uploadfolder/")
    assert "1.2 KiB promised" in _text(boss, f"{ADMIN}/uploadfolder/")


def test_the_tester_takes_a_file_and_keeps_the_users_of_others_secret(
    rows: dict[str, Any], staff: Any
) -> None:
    User.objects.create_user("ann")
    url = f"{ADMIN}/uploadfolder/{rows['uploadfolder'].pk}/try/"
    client = staff("view_uploadfolder")
    assert (
        "You may not see other users" in client.post(url, {"path": "a.png", "user": "ann"}).content.decode()
    )
    knowing = staff("view_uploadfolder", "view_user")
    page = knowing.post(url, {"user": "ann", "file": SimpleUploadedFile("a.png", b"<html>")}).content.decode()
    assert 'data-gate="content"' in page
    assert "text/html by its content" in page
    empty = knowing.post(url, {"file": SimpleUploadedFile("a.png", b"")}).content.decode()
    assert "is empty" in empty
    assert "Write a name, or choose a file." in knowing.post(url, {}).content.decode()
    assert "There is no user" in knowing.post(url, {"path": "a.png", "user": "zoe"}).content.decode()
    for path in ("\x00", "a" * 600, "../../etc/passwd", "CON", "ä/ö.png"):
        assert knowing.post(url, {"path": path, "size_bytes": "1"}).status_code == 200


def test_uploads_are_filtered_and_show_how_far_they_are(boss: Client) -> None:
    coming = make_upload(handler="echo", path="a.bin", length_bytes=100, received_bytes=25)
    over = make_upload(folder="inbox", path="b.bin", state=State.FAILED, error="No & room.", protocol="form")
    for query, found in (
        ("?to=echo", {coming}), ("?to=folders/inbox", {over}), ("?state__exact=FAILED", {over}),
        ("", {coming, over}),
        ("?protocol__exact=form", {over}), ("?whose=nobody", {coming, over}), ("?q=b.bin", {over}),
    ):  # fmt: skip
        assert set(boss.get(f"{ADMIN}/upload/{query}").context["cl"].result_list) == found, query
    page = _text(boss, f"{ADMIN}/upload/")
    assert '<progress max="1" value="0.25"' in page
    assert "No & room." in page
    for query in ("?uuid=x", "?text__a=b", "?result__a=b", "?run__result=1"):
        assert boss.get(f"{ADMIN}/upload/{query}").status_code == 400


def test_the_address_of_an_upload_is_shown_to_nobody(boss: Client) -> None:
    upload = make_upload(handler="echo", path="a.bin")
    for url in (
        f"{ADMIN}/upload/",
        f"{ADMIN}/upload/{upload.pk}/change/",
        f"{ADMIN}/upload/{upload.pk}/history/",
    ):
        assert str(upload.uuid) not in _text(boss, url)
    page = boss.post(f"{ADMIN}/upload/{upload.pk}/do/abort/", follow=True).content.decode()
    assert str(upload.uuid) not in page
    assert "is aborted" in page


def test_only_what_is_over_is_deleted(boss: Client) -> None:
    coming, over = make_upload(handler="echo"), make_upload(handler="echo", state=State.FAILED)
    form = {"action": "delete_selected", "post": "yes", "index": 0}
    for chosen, left in (([coming.pk, over.pk], {coming, over}), ([over.pk], {coming})):
        boss.post(f"{ADMIN}/upload/", {**form, "_selected_action": chosen})
        assert set(Upload.objects.all()) == left
