from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection

from smallweb.core.sync import sync_all, sync_rows
from smallweb.periodic.models import Job, Page

pytestmark = pytest.mark.django_db

BERLIN = timezone(timedelta(hours=2))
START = datetime(2030, 6, 1, 12, 0, 0, 123456, tzinfo=BERLIN)


def _defaults(**values: Any) -> dict[str, Any]:
    page, _ = Page.objects.get_or_create(name="index.html")
    return {"page_id": page.pk, "function": "f", "tag_id": "a", "every": "10s", "cron": "", **values}


def _sync(**values: Any) -> Job:
    sync_rows(Job, {"a": _defaults(**values)})
    return Job.objects.get(name="a")


def test_code_becomes_rows() -> None:
    result = sync_rows(Job, {"a": _defaults(), "b": _defaults(tag_id="b")})
    assert (result.created, result.updated, result.vanished) == (["a", "b"], [], [])
    assert str(result) == "2 new, 0 changed, 0 without code"
    job = Job.objects.get(name="b")
    assert (job.tag_id, job.every, job.in_code, job.edited_fields()) == ("b", "10s", True, [])


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": START},
        {"kwargs": {"list": (1, 2), "deep": {"x": None}}},
        {"jitter_s": 5},
        {"timeout_s": 60},
    ],
)
def test_the_same_code_changes_nothing_again(values: dict[str, Any]) -> None:
    job = _sync(**values)
    assert job.edited_fields() == []
    result = sync_rows(Job, {"a": _defaults(**values)})
    assert (result.created, result.updated) == ([], [])


def test_a_default_that_the_code_changes_comes_in_where_nobody_edited() -> None:
    _sync(timeout_s=60)
    Job.objects.update(every="5m")
    job = _sync(timeout_s=30, every="20s")
    assert (job.timeout_s, job.every, job.edited_fields()) == (30, "5m", ["every"])


def test_an_edit_survives_until_it_is_reset() -> None:
    _sync(starts_at=START)
    Job.objects.update(enabled=False, starts_at=START + timedelta(days=1))
    job = _sync(starts_at=START, enabled=True)
    assert not job.enabled
    assert set(job.edited_fields()) == {"starts_at", "enabled"}
    assert job.reset_to_code() == ["starts_at"]
    job.save()
    job.refresh_from_db()
    assert job.starts_at is not None
    assert abs(job.starts_at - START) < timedelta(milliseconds=1)
    assert job.edited_fields() == ["enabled"], "a pause outlasts the reset"


def test_an_edit_that_the_code_catches_up_with_is_none_any_more() -> None:
    _sync(every="10s")
    Job.objects.update(every="20s")
    assert _sync(every="20s").edited_fields() == []
    assert _sync(every="30s").every == "30s"


def test_vanished_code_marks_its_row_and_may_come_back_with_the_edits_kept() -> None:
    _sync()
    Job.objects.update(every="5m")
    result = sync_rows(Job, {})
    assert result.vanished == ["a"]
    assert not Job.objects.get().in_code
    assert sync_rows(Job, {}).vanished == []
    job = _sync(timeout_s=5)
    assert (job.in_code, job.every, job.timeout_s) == (True, "5m", 5)


def test_a_persons_row_of_the_same_name_keeps_what_it_says() -> None:
    Job.objects.create(**_defaults(every="7m"), name="a")
    job = _sync(every="10s")
    assert (job.every, job.in_code, job.edited_fields()) == ("7m", True, ["every"])


def test_what_else_a_row_needs_is_saved_with_it() -> None:
    heard: list[list[str]] = []

    def prepare(job: Job, changed: list[str]) -> list[str]:
        heard.append(changed)
        job.next_due = START
        return ["next_due"]

    sync_rows(Job, {"a": _defaults()}, prepare=prepare)
    assert Job.objects.get().next_due == START
    Job.objects.update(next_due=None)
    sync_rows(Job, {"a": _defaults(every="20s")}, prepare=prepare)
    assert Job.objects.get().next_due == START
    sync_rows(Job, {"a": _defaults(every="20s")}, prepare=prepare)
    assert len(heard) == 2
    assert "every" in heard[1]


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_sync_at_once_both_end_well(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {"a": _defaults()}
    save = Job.save
    seen: list[Job] = []

    def lose_the_race(job: Job, **kwargs: Any) -> None:
        if not seen:
            seen.append(job)
            raise IntegrityError("the other one was faster")
        save(job, **kwargs)

    monkeypatch.setattr(Job, "save", lose_the_race)
    sync_rows(Job, defaults)
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_app_whose_table_lacks_a_column_is_left_out() -> None:
    with connection.schema_editor() as editor:
        editor.remove_field(Job, Job._meta.get_field("jitter_s"))
    try:
        assert "jobs" not in sync_all()
    finally:
        with connection.schema_editor() as editor:
            editor.add_field(Job, Job._meta.get_field("jitter_s"))
    assert "jobs" in sync_all()
