"""Tracked values in the admin: seen, set, and given up, with everyone hearing of it."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from smallweb.core.channels.bus.base import get_bus
from smallweb.core.redact import HIDDEN
from smallweb.rpc.models import TrackedValue
from tests.acceptance.till.things import Till

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/smallweb_rpc/trackedvalue/"


def _heard(channel: str) -> Any:
    kept = get_bus().recover(channel).retained
    return None if kept is None else bytes(kept.data).decode()


def _text(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def test_the_list_shows_values_and_those_at_their_default(till: Till, boss: Client) -> None:
    till.volume = 8
    text = _text(boss, LIST)
    listed, unset = text.partition('id="smallweb-unset"')[::2]
    assert "till.volume" in listed
    assert "till.volume" not in unset
    assert '{"mo": "9-17"}' in unset
    assert "k-1" not in text


def test_a_value_is_set_for_everyone(till: Till, boss: Client) -> None:
    till.volume = 8
    row = TrackedValue.objects.get()
    url = f"{LIST}{row.pk}/change/"
    assert boss.post(url, {"new_value": "9"}).status_code == 302
    assert till.volume == 9
    assert _heard("objects/till/volume") == "9"
    assert LogEntry.objects.get().object_id == str(row.pk)


def test_a_value_that_was_never_set_is_set(till: Till, boss: Client) -> None:
    assert "till.opening" in _text(boss, f"{LIST}add/?path=till.opening")
    answer = boss.post(f"{LIST}add/", {"path": "till.opening", "new_value": '{"tu": "8-12"}'})
    assert answer.status_code == 302
    assert till.opening == {"tu": "8-12"}
    assert _heard("objects/till/opening") == '{"tu":"8-12"}'
    assert LogEntry.objects.get().object_id == str(TrackedValue.objects.get().pk)


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("till.volume", "loud", "This is no JSON: line 1, column 1"),
        ("till.volume", '"9"', "Expected `int`, got `str`"),
        ("till.volume", "NaN", "NaN is no JSON"),
        ("till.opening", '{"mo": 9}', "Expected `str`, got `int`"),
        ("till.opening", "", "This field is required."),
        ("till.total", "9", "Select a valid choice"),
        ("till.api_key", f'"{HIDDEN}"', "had no value"),
    ],
)
def test_what_does_not_fit_is_said_at_the_field(
    path: str, typed: str, sentence: str, till: Till, boss: Client
) -> None:
    answer = boss.post(f"{LIST}add/", {"path": path, "new_value": typed})
    assert sentence in html.unescape(answer.content.decode())
    assert not TrackedValue.objects.exists()


def test_a_secret_stays_hidden_and_is_kept_where_it_is_left(till: Till, boss: Client) -> None:
    till.api_key = "k-2"
    url = f"{LIST}{TrackedValue.objects.get().pk}/change/"
    text = _text(boss, url)
    assert "k-2" not in text
    assert "stands for a value that is kept as it was" in text
    boss.post(url, {"new_value": f'"{HIDDEN}"'})
    assert till.api_key == "k-2"
    boss.post(url, {"new_value": '"k-3"'})
    assert till.api_key == "k-3"


def test_a_reset_brings_the_default_back(till: Till, boss: Client) -> None:
    till.volume = 8
    answer = boss.post(f"{LIST}{TrackedValue.objects.get().pk}/do/reset/")
    assert answer["Location"] == LIST
    assert (till.volume, _heard("objects/till/volume")) == (5, "5")
    assert "at its default again" in _text(boss, LIST)


def test_deleting_is_a_reset(till: Till, boss: Client) -> None:
    till.volume = 8
    boss.post(f"{LIST}{TrackedValue.objects.get().pk}/delete/", {"post": "yes"})
    assert (till.volume, _heard("objects/till/volume")) == (5, "5")
    till.volume = 8
    row = TrackedValue.objects.get()
    boss.post(LIST, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert _heard("objects/till/volume") == "5"


def test_a_value_whose_code_is_gone_can_only_be_deleted(till: Till, boss: Client) -> None:
    row = TrackedValue.objects.create(path="old.value", value={"value": 1})
    assert "code is gone" in _text(boss, LIST)
    url = f"{LIST}{row.pk}/"
    assert "can only be deleted" in boss.post(f"{url}change/", {"new_value": "2"}).content.decode()
    boss.post(f"{url}do/reset/")
    assert not TrackedValue.objects.exists()


def test_nobody_searches_by_what_is_hidden(till: Till, boss: Client) -> None:
    till.api_key = "k-2"
    assert boss.get(f"{LIST}?value__icontains=k-2").status_code == 400
