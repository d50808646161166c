"""Durable queues in the admin, and who may do what there."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.uploads.models import QueueItem
from smallweb.uploads.queue_consumers import Consumer, consumers
from tests.people import boss, logged_in

__all__ = ["boss"]

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_uploads/queueitem/"


@pytest.fixture
def items(db: None) -> dict[str, QueueItem]:
    """One item of each state, by the state."""
    now = timezone.now()
    lease = {"holder": "earth-1-ab", "leased_until": now + timedelta(seconds=9), "attempts": 1}
    made: list[tuple[str, dict[str, Any]]] = [
        ("waiting", {"queue": "mail", "value": {"to": "ann", "password": "geheim"}}),
        ("held", {"queue": "mail", "value": "bo", **lease}),
        ("failed", {"queue": "films", "value": [1], "attempts": 5, "has_failed": True, "error": "No & no"}),
    ]
    return {
        state: QueueItem.objects.create(created_at=now - timedelta(minutes=5), **values)
        for state, values in made
    }


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        app = "smallweb_uploads"
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label=app, codename__in=codenames)
        )
        return logged_in(user)

    return log_in


def _text(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def test_the_list_shows_what_waits_and_hides_what_is_secret(items: dict[str, Any], boss: Client) -> None:
    text = _text(boss, LIST)
    assert '"to": "ann"' in text
    assert "geheim" not in text
    assert "5 min ago" in text
    assert "No & no" in text
    assert "being worked at" in text


def test_above_it_stands_each_queue(items: dict[str, Any], boss: Client) -> None:
    with consumers.temporarily(Consumer(name="idle", function=lambda q: None)):
        text = _text(boss, LIST)
    assert '<a href="?in=mail&is=waiting">1</a>' in text
    assert '<a href="?in=films&is=failed">1</a>' in text
    assert "none in the code" in text
    assert "0 of 1" in text


def test_an_empty_list_renders(boss: Client) -> None:
    assert boss.get(LIST).status_code == 200


def test_the_list_is_filtered(items: dict[str, Any], boss: Client) -> None:
    for query, states in (
        ("?in=mail", {"waiting", "held"}),
        ("?in=films", {"failed"}),
        ("?is=waiting", {"waiting"}),
        ("?is=held", {"held"}),
        ("?is=failed", {"failed"}),
        ("?is=odd", set(items)),
        ("?q=no+%26", {"failed"}),
    ):
        shown = boss.get(LIST + query).context["cl"].result_list
        assert set(shown) == {items[state] for state in states}, query


def test_nobody_searches_by_values(items: dict[str, Any], boss: Client) -> None:
    for query in ("?value__to=ann", "?value__password__startswith=g"):
        assert boss.get(LIST + query).status_code == 400


def test_the_page_of_an_item_shows_the_value_and_nothing_to_edit(items: dict[str, Any], boss: Client) -> None:
    text = _text(boss, f"{LIST}{items['waiting'].pk}/change/")
    assert '"to": "ann"' in text
    assert "geheim" not in text
    assert "_save" not in text
    assert "/do/try_again/" not in text
    assert "earth-1-ab" in _text(boss, f"{LIST}{items['held'].pk}/change/")


def test_a_failed_item_waits_again_and_others_refuse_to(items: dict[str, Any], boss: Client) -> None:
    for state in ("failed", "waiting"):
        boss.post(f"{LIST}{items[state].pk}/do/try_again/")
    item = QueueItem.objects.get(pk=items["failed"].pk)
    assert (item.has_failed, item.attempts, item.error) == (False, 0, "")
    assert LogEntry.objects.count() == 1
    assert "has not failed" in _text(boss, LIST)


def test_to_try_again_takes_a_permission(items: dict[str, Any], staff: Callable[..., Client]) -> None:
    url = f"{LIST}{items['failed'].pk}/do/try_again/"
    form = {"action": "try_again", "_selected_action": [items["failed"].pk], "index": 0}
    for client in (staff(), staff("view_queueitem"), staff("delete_queueitem")):
        assert client.post(url).status_code == 403
    staff("view_queueitem").post(LIST, form)
    assert not LogEntry.objects.exists()
    assert staff("view_queueitem", "change_queueitem").post(LIST, form).status_code == 302
    assert not QueueItem.objects.get(pk=items["failed"].pk).has_failed


def test_items_are_deleted_with_that_permission_and_never_added_or_written(
    items: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    assert boss.get(f"{LIST}add/").status_code == 403
    pk = items["failed"].pk
    assert boss.post(f"{LIST}{pk}/change/", {"queue": "x"}).status_code == 403
    assert staff("view_queueitem").post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 302
    assert not QueueItem.objects.filter(pk=pk).exists()


def test_visitors_and_people_without_rights_see_nothing(
    items: dict[str, Any], staff: Callable[..., Client]
) -> None:
    assert Client().get(LIST).status_code == 302
    assert staff().get(LIST).status_code == 403
    assert staff("view_queueitem").get(LIST).status_code == 200
