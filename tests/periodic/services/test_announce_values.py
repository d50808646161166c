from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from smallweb.core.channels.topics import is_filter, require_topic
from smallweb.core.invoke import Outcome
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services import announce_values as module
from smallweb.periodic.services.announce_values import announce_values, channel_of
from smallweb.periodic.services.result import Result
from tests.periodic.conftest import NOW, MakeJob

Sent = list[tuple[str, Any]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Note what is handed to the channels; whether it arrives is their own tests' business."""
    messages: Sent = []
    publish = vars(module)["publish"]

    def note(channel: str, value: Any) -> None:
        publish(channel, value)
        messages.append((channel, value))

    monkeypatch.setattr(module, "publish", note)
    return messages


def _result(job: Job, shown: str | dict[str, str] | None) -> Result:
    return Result(JobRun(job=job, due_at=NOW, finished_at=NOW), Outcome(value=shown), shown)


@pytest.mark.parametrize(
    ("page", "tag_id", "channel"),
    [
        ("index.html", "a", "pages/index.html/a"),
        ("blog/2030/index.html", "a", "pages/blog/2030/index.html/a"),
        ("c++ #1.html", "50%", "pages/c%2B%2B %231.html/50%25"),
        ("a.html", "x/y", "pages/a.html/x%2Fy"),
        ("a.html", "+", "pages/a.html/%2B"),
    ],
)
def test_a_value_has_a_channel_of_its_own(page: str, tag_id: str, channel: str) -> None:
    job = Job(page=Page(name=page), tag_id=tag_id)
    assert channel_of(job) == channel
    assert not is_filter(require_topic(channel))


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"kind": "style"}, "pages/p/t/style"),
        ({"kind": "attribute", "attribute": "title"}, "pages/p/t/title"),
    ],
)
def test_styles_and_attributes_have_theirs(fields: dict[str, str], channel: str) -> None:
    assert channel_of(Job(page=Page(name="p"), tag_id="t", **fields)) == channel


@pytest.mark.django_db
def test_shown_values_and_the_runs_are_told(make_job: MakeJob, page: Page, sent: Sent) -> None:
    text, style, hidden = make_job("a"), make_job("bar", kind="style"), make_job("b")
    attribute = make_job("bar", kind="attribute", attribute="value", name="attribute")
    results = [
        _result(text, "1"),
        _result(style, {"width": "5%"}),
        _result(hidden, None),
        _result(attribute, "7"),
    ]
    announce_values(page, results, page_changed=True)
    at = NOW.timestamp()
    assert sent == [
        (f"admin/smallweb_periodic/{page.pk}", {"jobs": [text.pk, style.pk, hidden.pk, attribute.pk]}),
        ("pages/index.html/a", {"tag_id": "a", "kind": "text", "at": at, "value": "1"}),
        (
            "pages/index.html/bar/style",
            {"tag_id": "bar", "kind": "style", "at": at, "replace": False, "value": {"width": "5%"}},
        ),
        (
            "pages/index.html/bar/value",
            {"tag_id": "bar", "kind": "attribute", "at": at, "attribute": "value", "value": "7"},
        ),
    ]


@pytest.mark.django_db
def test_a_page_that_stayed_the_same_is_no_news(make_job: MakeJob, page: Page, sent: Sent) -> None:
    announce_values(page, [_result(make_job("a"), "1")], page_changed=False)
    assert [channel for channel, _ in sent] == [f"admin/smallweb_periodic/{page.pk}"]


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["x" * 16_001, {"--art": "x" * 300_000}])
def test_a_long_value_is_fetched_instead(
    make_job: MakeJob, page: Page, sent: Sent, value: str | dict[str, str]
) -> None:
    kind = "text" if isinstance(value, str) else "style"
    announce_values(page, [_result(make_job("a", kind=kind), value)], page_changed=True)
    assert sent[1][1]["fetch"] is True
    assert "value" not in sent[1][1]


@pytest.mark.django_db
def test_a_name_that_no_channel_takes_breaks_nothing(
    make_job: MakeJob, page: Page, sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    long = make_job("x" * 250, name="long")
    announce_values(page, [_result(long, "1"), _result(make_job("a"), "2")], page_changed=True)
    assert [channel for channel, _ in sent][1:] == ["pages/index.html/a"]
    assert "cannot be live" in caplog.text


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_news(
    make_job: MakeJob,
    page: Page,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        django_capture_on_commit_callbacks() as callbacks,
        pytest.raises(RuntimeError),
        transaction.atomic(),
    ):
        announce_values(page, [_result(make_job("a"), "1")], page_changed=True)
        raise RuntimeError
    assert callbacks == []
