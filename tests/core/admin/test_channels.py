"""The channel inspector: who sees what, what it publishes, and what it says when it cannot."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from smallweb.core.channels import Namespace, namespaces, publish
from smallweb.core.channels.bus.base import get_bus
from smallweb.core.redact import HIDDEN
from tests.core.admin.conftest import logged_in
from tests.core.buses import bus_url

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/smallweb_core/channel/"
VIEW = "smallweb_core.view_channel"
PUBLISH = "smallweb_core.publish_channel"


@pytest.fixture(autouse=True)
def known_namespaces(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": bus_url("sqlite", tmp_path)}
    shop = Namespace(name="shop", subscribe="login", retain=True, history_size=5, history_age_s=60)
    vault = Namespace(name="vault", subscribe="group:guards", retain=True)
    bus = get_bus()
    with namespaces.temporarily(shop, vault):
        yield
    bus.close()


def _text(client: Client, filter_: str) -> str:
    return html.unescape(client.get(PAGE, {"filter": filter_}).content.decode())


def _kept(channel: str) -> Any:
    kept = get_bus().recover(channel).retained
    return None if kept is None else json.loads(bytes(kept.data))


def test_the_page_takes_its_permission(staff: Callable[..., Client], boss: Client) -> None:
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        assert client.get(PAGE).status_code == client.post(PAGE).status_code == 302
    assert staff().get(PAGE).status_code == 403
    for client in (staff(VIEW), boss):
        assert client.get(PAGE).status_code == 200
    assert boss.delete(PAGE).status_code == 405


@pytest.mark.parametrize("form", [{"channel": "shop/sold", "value": "1"}, {"clear": "shop/kept"}])
def test_publishing_and_forgetting_take_theirs(
    form: dict[str, str], staff: Callable[..., Client], boss: Client
) -> None:
    publish("shop/kept", 1)
    for client in (staff(), staff(VIEW), staff(PUBLISH)):
        assert client.post(PAGE, form).status_code == 403
    assert (_kept("shop/sold"), _kept("shop/kept")) == (None, 1)
    assert not LogEntry.objects.exists()
    for count, client in enumerate((staff(VIEW, PUBLISH), boss), 1):
        assert client.post(PAGE, form).status_code == 302
        assert LogEntry.objects.count() == count
    assert 'name="value"' not in _text(staff(VIEW), "shop/#")


def test_posts_without_the_token_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    assert client.post(PAGE, {"channel": "shop/sold", "value": "1"}).status_code == 403


def test_channels_are_listed_with_what_they_keep(boss: Client) -> None:
    publish("shop/sold", {"count": 3, "token": "t-1"})
    publish("shop/sold", {"count": 4, "token": "t-1"})
    publish("shop/api_key", "k-1")
    publish("admin/news", {})
    text = _text(boss, "shop/#")
    assert '{"count": 4, "token": "•••"}' in text
    assert 'data-channel="shop/sold"' in text
    assert '<td class="field-offset">2</td>' in text
    assert f'"{HIDDEN}"' in text
    assert "k-1" not in text
    assert "t-1" not in text
    assert 'data-channel="admin/news"' not in text
    assert 'data-channel="admin/news"' in _text(boss, "")


def test_one_channel_shows_its_whole_value(boss: Client) -> None:
    publish("shop/sold", {"text": "x" * 500})
    assert "x" * 500 in _text(boss, "shop/sold")
    assert "Forget the kept value" in _text(boss, "shop/sold")
    assert "No channel of this filter has spoken." in _text(boss, "shop/unheard")


def test_a_long_list_is_cut(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.admin.channel_cells.MAX_CHANNELS", 2)
    for number in range(3):
        publish(f"shop/{number}", number)
    text = _text(boss, "shop/#")
    assert "narrow the filter" in text
    assert 'data-channel="shop/2"' not in text


@pytest.mark.parametrize("filter_", ["shop/#/x", "shop/a+", "x" * 300])
def test_a_wrong_filter_is_said(filter_: str, boss: Client) -> None:
    text = _text(boss, filter_)
    assert 'class="errornote"' in text
    assert "Rules of the namespaces" in text


def test_a_bus_that_is_away_is_said(boss: Client, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "nothing://"}
    assert "must begin with sqlite" in _text(boss, "shop/#")
    answer = boss.post(PAGE, {"channel": "shop/sold", "value": "1"})
    assert "Nothing was published" in answer.content.decode()
    assert "must begin with" in boss.post(PAGE, {"clear": "shop/sold"}, follow=True).content.decode()


def test_the_tail_hears_what_the_person_may_hear(boss: Client, staff: Callable[..., Client]) -> None:
    assert '["shop/#"]' in _text(boss, "shop/#")
    assert {"shop/#", "vault/#"} <= _filters(boss, "#")
    assert {"shop/sold", "vault/sold"} <= _filters(boss, "+/sold")
    assert {"shop", "vault"} <= _filters(boss, "+")
    client = staff(VIEW)
    assert "vault/#" not in _filters(client, "#")
    text = _text(client, "vault/#")
    assert "may not subscribe channels vault/…; it takes 'group:guards'." in text
    assert "data-filters" not in text
    assert "No namespace is registered" in _text(client, "nowhere/#")


def _filters(client: Client, filter_: str) -> set[str]:
    return set(json.loads(client.get(PAGE, {"filter": filter_}).context["tail_filters"]))


def test_the_rules_of_namespaces_are_shown(boss: Client) -> None:
    text = _text(boss, "shop/#").partition("Rules of the namespaces")[2]
    for shown in ("shop", "login", "the last value, 5 for 60.0 s", "group:guards", "the last value"):
        assert f"<td>{shown}</td>" in text


def test_a_value_is_published_and_forgotten(boss: Client) -> None:
    answer = boss.post(f"{PAGE}?filter=shop/%23", {"channel": "shop/sold", "value": '{"pin_token": "4711"}'})
    assert answer["Location"] == f"{PAGE}?filter=shop/%23"
    assert "Published on shop/sold." in _text(boss, "shop/#")
    assert _kept("shop/sold") == {"pin_token": "4711"}
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr) == ("shop/sold", "shop/sold")
    assert entry.content_type is not None
    assert entry.content_type.model == "channel"
    assert "4711" not in entry.change_message
    boss.post(PAGE, {"clear": "shop/sold"})
    assert _kept("shop/sold") is None
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("channel", "value", "sentence"),
    [
        ("shop/sold", "{", "This is no JSON: line 1, column 2"),
        ("shop/sold", "NaN", "NaN is no JSON."),
        ("shop/#", "1", "one channel was wanted"),
        ("nowhere/sold", "1", "No namespace is registered"),
        ("", "1", "This field is required."),
    ],
)
def test_what_cannot_be_published_is_said(channel: str, value: str, sentence: str, boss: Client) -> None:
    answer = boss.post(PAGE, {"channel": channel, "value": value})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert sentence in text
    assert "Nothing was published" in text
    assert not LogEntry.objects.exists()
