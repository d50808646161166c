from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from smallweb.periodic.admin.page_dry_run import diff_lines
from smallweb.periodic.models import Job, MaintenanceWindow, Page
from tests.periodic.admin.conftest import HTML, make_job, make_run

LIST = "/admin/smallweb_periodic/page/"


def _url(page: Page) -> str:
    return f"{LIST}{page.pk}/change/"


def _dry_run(client: Client, page: Page, **form: Any) -> str:
    answer = client.post(reverse("admin:smallweb_periodic_page_dry_run", args=[page.pk]), form)
    assert answer.status_code == 200
    return answer.content.decode()


def _row(text: str, tag_id: str) -> str:
    return text.split(f"<tr><td>{tag_id}</td>")[1].split("</tr>")[0]


def test_the_form_shows_the_tags_of_the_file(job: Job, page: Page, boss: Client) -> None:
    text = boss.get(_url(page)).content.decode()
    weather = _row(text, "weather")
    assert "&lt;p&gt;" in weather
    assert "rain" in weather
    assert f'/job/{job.pk}/change/">index.html#weather</a>' in weather
    assert f"/job/add/?page={page.pk}&amp;tag_id=weather" in weather
    assert "2 tags have this id; the first is fed." in _row(text, "twice")
    assert ">no<" in _row(text, "code")
    assert "template" in _row(text, "inner")


def test_only_who_may_add_jobs_is_offered_to(page: Page, staff: Any) -> None:
    assert "/job/add/" not in staff("view_page").get(_url(page)).content.decode()


def test_a_job_whose_tag_is_gone_is_named(page: Page, boss: Client) -> None:
    make_job(page, name="lost", tag_id="nowhere")
    text = boss.get(_url(page)).content.decode()
    assert "The job lost feeds the tag nowhere, which is not in the file" in text


@pytest.mark.parametrize(
    "content", [b"", b"no tags", b"\xff\xfe\x00<p id=a>", b"<p id='&lt;script&gt;'>x", b"<" * 5000]
)
def test_any_file_is_shown_or_refused_with_a_reason(
    content: bytes, page: Page, site_folder: Path, boss: Client
) -> None:
    (site_folder / "index.html").write_bytes(content)
    answer = boss.get(_url(page))
    assert answer.status_code == 200
    assert b"<script>'" not in answer.content


def test_a_missing_file_is_a_message(page: Page, site_folder: Path, boss: Client) -> None:
    (site_folder / "index.html").unlink()
    text = boss.get(_url(page)).content.decode()
    assert 'class="errornote"' in text
    assert "index.html" in text.split('class="errornote"')[1][:300]


def test_a_folder_a_link_out_and_a_lost_site_are_messages(
    page: Page, site_folder: Path, boss: Client, settings: Any
) -> None:
    file = site_folder / "index.html"
    file.unlink()
    file.mkdir()
    assert 'class="errornote"' in boss.get(_url(page)).content.decode()
    file.rmdir()
    file.symlink_to("/etc/passwd")
    text = boss.get(_url(page)).content.decode()
    assert 'class="errornote"' in text
    assert "root:" not in text
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SITES": {}}
    assert 'class="errornote"' in boss.get(_url(page)).content.decode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_message(page: Page, site_folder: Path, boss: Client) -> None:
    (site_folder / "index.html").chmod(0)
    assert 'class="errornote"' in boss.get(_url(page)).content.decode()


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "a//b", ".hidden", "a\\b"])
def test_a_page_outside_the_sites_is_refused(name: str, site_folder: Path, boss: Client) -> None:
    answer = boss.post(f"{LIST}add/", {"name": name, "mode": "splice", "enabled": "on"})
    assert "name" in answer.context["adminform"].form.errors
    assert not Page.objects.exists()


def test_mode_and_partial_updates_are_edited(page: Page, boss: Client) -> None:
    form = {"name": page.name, "mode": "rewrite", "enabled": "on"}
    assert boss.post(_url(page), form).status_code == 302
    page.refresh_from_db()
    assert (page.mode, page.allow_partial, page.enabled) == ("rewrite", False, True)


def test_saving_leaves_alone_what_a_worker_wrote_meanwhile(page: Page, boss: Client) -> None:
    Page.objects.update(writes=9)
    boss.post(_url(page), {"name": page.name, "mode": "rewrite", "enabled": "on"})
    page.refresh_from_db()
    assert page.writes == 9


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_shows_the_diff_and_leaves_the_page(
    job: Job, page: Page, site_folder: Path, boss: Client
) -> None:
    make_job(page, name="broken", function="host.fail", tag_id="twice")
    text = _dry_run(boss, page)
    assert '<span class="smallweb-removed">-&lt;p id=&quot;weather&quot;&gt;rain&lt;/p&gt;\n</span>' in text
    assert "&amp;lt;hello you&amp;gt;" in text
    assert "<strong>broken</strong>" in text
    assert "no weather today" in text
    assert (site_folder / "index.html").read_text() == HTML
    assert LogEntry.objects.get().get_change_message() == "Dry run of all enabled jobs"


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_of_one_job_runs_no_other(job: Job, page: Page, boss: Client) -> None:
    make_job(page, name="broken", function="host.fail", tag_id="twice", enabled=False)
    text = _dry_run(boss, page, job=job.pk)
    assert "broken" not in text
    assert "hello you" in text


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_without_a_file_or_a_change_says_so(
    job: Job, page: Page, site_folder: Path, boss: Client
) -> None:
    Job.objects.update(enabled=False)
    assert "A run would change nothing." in _dry_run(boss, page)
    (site_folder / "index.html").unlink()
    assert "<strong>index.html</strong>" in _dry_run(boss, page)


def test_the_lines_of_a_diff_know_their_kind() -> None:
    lines = list(diff_lines("--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n" + "+" + "x" * 3000))
    assert [line.kind for line in lines] == ["head", "head", "place", "removed", "added", "same", "added"]
    assert len(lines[-1].text) == 2001


def test_all_jobs_of_a_page_are_paused_and_resumed(page: Page, job: Job, boss: Client) -> None:
    make_job(page, name="second")
    for operation, expected in (("pause_jobs", 0), ("resume_jobs", 2)):
        form = {"action": operation, "_selected_action": [page.pk], "index": 0}
        assert boss.post(LIST, form).status_code == 302
        assert page.jobs.filter(enabled=True).count() == expected
    assert LogEntry.objects.count() == 2


def test_a_page_of_the_code_is_reset(page: Page, boss: Client) -> None:
    page.follow_code({"mode": "splice", "allow_partial": True})
    page.mode = "rewrite"
    page.save()
    boss.post(reverse("admin:smallweb_periodic_page_do", args=[page.pk, "reset"]))
    page.refresh_from_db()
    assert page.mode == "splice"


def test_a_page_of_the_admin_has_no_code_to_go_back_to(page: Page, boss: Client) -> None:
    url = reverse("admin:smallweb_periodic_page_do", args=[page.pk, "reset"])
    assert "has no code to go back to" in boss.post(url, follow=True).content.decode()


def test_the_list_counts_jobs_and_names_windows(page: Page, job: Job, boss: Client) -> None:
    make_job(page, name="second", enabled=False)
    window = MaintenanceWindow.objects.create(
        name="Sunday rest", weekdays="Sun", start_time="01:00", duration_s=60
    )
    window.pages.add(page)
    MaintenanceWindow.objects.create(name="everywhere", weekdays="Mon", start_time="01:00", duration_s=60)
    text = boss.get(LIST).content.decode()
    assert ">2, 1 paused</a>" in text
    assert "Sunday rest" in text
    assert "everywhere" in text


def test_lists_and_forms_take_few_queries(
    page: Page, boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        make_run(make_job(Page.objects.create(name=f"{number}.html"), name=f"other {number}"))
        make_run(make_job(page, name=f"own {number}"))
    with django_assert_max_num_queries(12):
        assert boss.get(LIST).status_code == 200
    with django_assert_max_num_queries(12):
        assert boss.get(_url(page)).status_code == 200
