from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from smallweb.core.admin.all_executions import AnyExecution, read_positions, write_positions
from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from tests.core.admin.conftest import make_run

pytestmark = pytest.mark.django_db
URL = "/admin/smallweb_core/anyexecution/"
TASKS, JOBS = "smallweb_core.view_taskrun", "smallweb_periodic.view_jobrun"


@pytest.fixture
def job_run() -> JobRun:
    page = Page.objects.create(name="index.html")
    job = Job.objects.create(name="index.html#a", page=page, tag_id="a", function="f", every="1h")
    now = timezone.now()
    return JobRun.objects.create(job=job, due_at=now, run_after=now, state=State.SUCCESSFUL, value="21.2")


def _text(client: Client, query: str = "") -> str:
    answer = client.get(URL + query)
    assert answer.status_code == 200
    return answer.content.decode()


def _links(text: str) -> list[str]:
    return re.findall(r'<th scope="row" class="field-what"><a href="([^"]*)"', text)


def test_runs_of_all_kinds_stand_on_one_page(job_run: JobRun, boss: Client) -> None:
    task_run = make_run(State.RUNNING, progress=0.5)
    text = _text(boss)
    assert set(_links(text)) == {
        f"/admin/smallweb_core/taskrun/{task_run.pk}/change/",
        f"/admin/smallweb_periodic/jobrun/{job_run.pk}/change/",
    }
    for words in ("index.html#a", "21.2", "schedule", "shop.send", "50 %", "so far", 'data-topic="admin/#"'):
        assert words in text


def test_each_kind_is_shown_to_those_who_may_see_it(job_run: JobRun, staff: Callable[..., Client]) -> None:
    make_run()
    assert staff().get(URL).status_code == 403
    assert Client().get(URL).status_code == 302
    for permission, kind, other in ((TASKS, "taskrun", "jobrun"), (JOBS, "jobrun", "taskrun")):
        for query in ("", f"?kind=smallweb_core.{other}", f"?kind=smallweb_periodic.{other}"):
            assert f"/{other}/" not in "".join(_links(_text(staff(permission), query)))
        assert f".{other}" not in _text(staff(permission))
        assert f"/{kind}/" in "".join(_links(_text(staff(permission))))
    assert len(_links(_text(staff(TASKS, JOBS)))) == 2


def test_it_stands_in_the_index_for_those_who_may_see_it(staff: Callable[..., Client]) -> None:
    assert URL in staff(JOBS).get("/admin/").content.decode()
    assert URL in staff(TASKS).get("/admin/smallweb_core/").content.decode()
    assert URL not in staff("smallweb_periodic.view_job").get("/admin/").content.decode()


def test_it_is_only_read(boss: Client) -> None:
    assert boss.post(URL).status_code == 405
    assert boss.get(f"{URL}add/").status_code == 404
    assert boss.get(f"{URL}1/change/").status_code == 404


def test_it_has_no_table_and_no_permissions() -> None:
    assert AnyExecution not in apps.get_models()


def test_state_and_kind_are_chosen_by_links(job_run: JobRun, boss: Client) -> None:
    waiting, failed = make_run(), make_run(State.FAILED, error="no mail")
    own = "/admin/smallweb_core/taskrun/"
    assert _links(_text(boss, "?state=waiting")) == [f"{own}{waiting.pk}/change/"]
    assert _links(_text(boss, "?state=failed")) == [f"{own}{failed.pk}/change/"]
    assert len(_links(_text(boss, "?state=finished"))) == 2
    assert len(_links(_text(boss, "?state=finished&kind=smallweb_core.taskrun"))) == 1
    assert len(_links(_text(boss, "?state=nonsense"))) == 3
    text = _text(boss, "?state=failed&kind=smallweb_core.taskrun")
    assert '<a href="?state=failed&amp;kind=smallweb_core.taskrun" aria-current="true">failed</a>' in text
    assert '<a href="?kind=smallweb_core.taskrun">all</a>' in text
    assert "There is nothing here." in _text(boss, "?state=running")


def test_older_runs_are_behind_a_link(job_run: JobRun, boss: Client) -> None:
    runs = [make_run(State.SUCCESSFUL) for _ in range(120)]
    seen: list[str] = []
    query = ""
    for count in (50, 50, 21):
        text = _text(boss, query)
        seen += _links(text)
        assert len(_links(text)) == count
        older = re.findall(r'href="(\?[^"]*older=[^"]*)"', text)
        query = older[0] if older else ""
    assert not older
    assert "Newest" in text
    assert len(set(seen)) == len(runs) + 1


def test_a_page_takes_a_few_queries(
    job_run: JobRun, boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        make_run()
    for state in ("", "running", "waiting", "failed", "finished"):
        with django_assert_max_num_queries(12):
            _text(boss, f"?state={state}")


POSITIONS: list[Any] = [{}, {"a.b": (5,)}, {"a.b": (5, 7), "c_d.e": ()}]


@pytest.mark.parametrize("positions", POSITIONS)
def test_positions_are_read_as_they_are_written(positions: Any) -> None:
    assert read_positions(write_positions(positions)) == positions


@pytest.mark.parametrize("text", ["x", "a.b:x", "a.b:1-2-3", "a.b:" + "9" * 30, "A.b;1"])
def test_positions_that_nobody_wrote_are_left_out(text: str, boss: Client) -> None:
    assert read_positions(text) == {}
    assert boss.get(URL, {"older": text}).status_code == 200


@pytest.mark.parametrize("state", ["", "waiting", "failed"])
@pytest.mark.parametrize("numbers", ["5", "5-7", "999999999999999999-5", "0", ""])
def test_positions_of_another_section_do_no_harm(state: str, numbers: str, boss: Client) -> None:
    make_run()
    answer = boss.get(URL, {"state": state, "older": f"smallweb_core.taskrun:{numbers}"})
    assert answer.status_code == 200
