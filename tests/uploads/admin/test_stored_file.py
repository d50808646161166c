"""Stored files in the admin."""

from __future__ import annotations

import html
import io
import os
import zipfile
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.make_preview import make_preview
from tests.uploads.admin.conftest import ADMIN, keep_file

pytestmark = pytest.mark.django_db(transaction=True)
LIST = f"{ADMIN}/storedfile/"


@pytest.fixture
def files(folders: None) -> dict[str, StoredFile]:
    picture = io.BytesIO()
    Image.new("RGB", (50, 50), "teal").save(picture, "PNG")
    ann = User.objects.create_user("ann")
    made = {
        "png": keep_file("a.png", picture.getvalue(), folder="gallery", content_type="image/png", user=ann),
        "html": keep_file("a.html", b"<script>alert(1)</script>", folder="inbox", content_type="text/html"),
        "pdf": keep_file("deep/a.pdf", b"%PDF-1.7", folder="inbox", content_type="application/pdf"),
    }
    StoredFile.objects.filter(pk=made["png"].pk).update(handler="pictures")
    make_preview(made["png"].pk)
    made["png"].refresh_from_db()
    return made


def _text(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def test_the_list_is_filtered_and_searched(files: dict[str, StoredFile], boss: Client) -> None:
    for query, found in (
        ("", set(files)),
        ("kind=images", {"png"}),
        ("kind=documents", {"pdf"}),
        ("kind=odd", set(files)),
        ("by=pictures", {"png"}),
        ("by=-", {"html", "pdf"}),
        (f"folder__id__exact={files['png'].folder_id}", {"png"}),
        (f"user__id__exact={files['png'].user_id}", {"png"}),
        ("whose=nobody", {"html", "pdf"}),
        ("q=deep", {"pdf"}),
        (f"q={files['html'].sha256}", {"html"}),
    ):
        for view in ("", "&view=grid"):
            listed = boss.get(f"{LIST}?{query}{view}").context["cl"].result_list
            assert {name for name, file in files.items() if file in listed} == found, query + view


def test_the_grid_shows_pictures_that_were_made_anew_and_keeps_the_filters(
    files: dict[str, StoredFile], boss: Client
) -> None:
    text = _text(boss, f"{LIST}?view=grid&by=pictures")
    assert f'src="{LIST}{files["png"].pk}/preview/"' in text
    assert 'href="?by=pictures"' in text
    assert "?by=pictures&view=grid" in _text(boss, f"{LIST}?by=pictures")
    assert "smallweb-preview" not in _text(boss, f"{LIST}?view=grid&by=-")


def test_a_preview_is_served_so_that_nothing_in_it_runs(files: dict[str, StoredFile], boss: Client) -> None:
    answer = boss.get(f"{LIST}{files['png'].pk}/preview/")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer.content[8:12] == b"WEBP"
    assert boss.get(f"{LIST}{files['pdf'].pk}/preview/").status_code == 404
    get_root().delete(files["png"].preview_key)
    assert boss.get(f"{LIST}{files['png'].pk}/preview/").status_code == 404


def test_texts_are_shown_as_text_and_the_rest_by_link_alone(
    files: dict[str, StoredFile], boss: Client
) -> None:
    raw = boss.get(f"{LIST}{files['html'].pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in raw
    assert "<script>alert" not in raw
    page = _text(boss, f"{LIST}{files['pdf'].pk}/change/")
    assert "%PDF" not in page
    assert f"{LIST}{files['pdf'].pk}/download/" in page
    answer = boss.get(f"{LIST}{files['html'].pk}/download/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"].startswith("text/plain")
    assert b"".join(answer).startswith(b"<script>")


def test_only_the_beginning_of_a_long_text_is_shown(folders: None, boss: Client) -> None:
    file = keep_file("a.txt", b"x" * 4096 + b"END", folder="inbox", content_type="text/plain")
    page = _text(boss, f"{LIST}{file.pk}/change/")
    assert "Its first 4096 bytes." in page
    assert "xEND" not in page
    get_root().delete(file.key)
    assert "are missing" in _text(boss, f"{LIST}{file.pk}/change/")
    assert boss.get(f"{LIST}{file.pk}/download/").status_code == 404


def test_a_link_opens_the_file_for_anyone_and_the_log_does_not_have_it(
    files: dict[str, StoredFile], boss: Client
) -> None:
    file = files["pdf"]
    page = boss.post(f"{LIST}{file.pk}/link/", follow=True).content.decode()
    assert f"/uploads/files/{file.uuid}?until=" in page
    entry = LogEntry.objects.get()
    assert entry.object_id == str(file.pk)
    assert "60 min" in entry.change_message
    assert "signature" not in entry.change_message


def test_chosen_files_come_as_a_zip(files: dict[str, StoredFile], boss: Client) -> None:
    form = {"action": "zip_files", "_selected_action": [file.pk for file in files.values()], "index": 0}
    answer: Any = boss.post(LIST, form)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert set(archive.namelist()) == {"gallery/a.png", "inbox/a.html", "inbox/deep/a.pdf"}
        assert archive.testzip() is None


def test_bytes_go_with_the_rows(
    files: dict[str, StoredFile], boss: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        boss.post(f"{LIST}{files['png'].pk}/delete/", {"post": "yes"})
        form = {
            "action": "delete_selected",
            "_selected_action": [files["html"].pk],
            "post": "yes",
            "index": 0,
        }
        boss.post(LIST, form)
    assert list(StoredFile.objects.all()) == [files["pdf"]]
    assert [key for key, _since in list(get_root().keys())] == [files["pdf"].key]
    assert LogEntry.objects.count() == 2


def test_who_keeps_most_stands_first(files: dict[str, StoredFile], boss: Client) -> None:
    bo = User.objects.create_user("bo")
    keep_file("big.txt", b"x" * 5000, folder="inbox", content_type="text/plain", user=bo)
    page = _text(boss, f"{LIST}quota/")
    assert page.index(">bo<") < page.index(">ann<")
    assert "of 1.0 GiB" in page
    StoredFile.objects.all().delete()
    assert "No user keeps anything." in _text(boss, f"{LIST}quota/")


def test_orphans_are_shown_and_removed(files: dict[str, StoredFile], boss: Client) -> None:
    for name in ("old", "young", "older"):
        path = get_root().receiving(name)
        path.write_bytes(b"some")
        if name.startswith("old"):
            os.utime(path, (0, 0))
    get_root().delete(files["pdf"].key)
    page = _text(boss, f"{LIST}orphans/")
    assert "deep/a.pdf" in page
    assert "in an hour" in page
    one = {"root": "uploads", "place": "receiving", "name": "old"}
    boss.post(f"{LIST}orphans/", one)
    boss.post(f"{LIST}orphans/", {"all": "1"})
    assert [path.name for path in get_root().receiving("").iterdir()] == ["young"]
    names = set(LogEntry.objects.values_list("object_id", flat=True))
    assert names == {"uploads/receiving/old", "uploads/receiving/older"}
    assert "is gone, is in use" in boss.post(f"{LIST}orphans/", one, follow=True).content.decode()
