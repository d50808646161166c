"""The list of connections: who sees it, what it shows, and the kick."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from smallweb.core.channels import publish
from smallweb.core.channels.bus.base import get_bus
from tests.core.admin.conftest import logged_in
from tests.core.buses import bus_url
from tests.core.socket.clients import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/smallweb_core/openconnection/"
VIEW = "smallweb_core.view_openconnection"
KICK = "smallweb_core.kick_openconnection"


@pytest.fixture(autouse=True)
def own_bus(tmp_path: Path, settings: Any) -> Any:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": bus_url("sqlite", tmp_path)}
    bus = get_bus()
    yield
    bus.close()


def test_the_list_takes_its_permission(staff: Callable[..., Client], boss: Client) -> None:
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        assert client.get(PAGE).status_code == client.post(f"{PAGE}kick/").status_code == 302
    assert staff().get(PAGE).status_code == 403
    assert staff(VIEW).get(PAGE).status_code == boss.get(PAGE).status_code == 200
    assert boss.post(PAGE).status_code == 405


def test_the_kick_takes_its_permission(staff: Callable[..., Client], boss: Client) -> None:
    url = f"{PAGE}kick/"
    for client in (staff(), staff(VIEW), staff(KICK)):
        assert client.post(url, {"id": "abc"}).status_code == 403
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    for count, client in enumerate((staff(VIEW, KICK), boss), 1):
        assert client.post(url, {"id": "abc", "who": "ann"}).status_code == 302
        assert LogEntry.objects.count() == count
    entry = LogEntry.objects.all()[0]
    assert (entry.object_id, entry.change_message) == ("abc", "Kicked: ann")


def test_a_kick_without_the_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    assert client.post(f"{PAGE}kick/", {"id": "abc"}).status_code == 403


async def test_a_connection_is_seen_counted_and_kicked(boss: Client, staff: Callable[..., Client]) -> None:
    ann = await User.objects.acreate(username="ann", is_staff=True)
    get = sync_to_async(lambda client, path: html.unescape(client.get(path).content.decode()))
    async with signed_in(ann) as client:
        await client.call("rpc.subscribe", ["admin/#"])
        await sync_to_async(publish)("admin/news", {})
        text = await get(boss, PAGE)
        assert "1 connection answered." in text
        assert "<strong>boss</strong>" in text
        assert '<a href="?user=ann">ann</a>' in text
        assert ">admin/#</a>" in text
        assert "0 connections answered." in await get(boss, f"{PAGE}?user=bob")
        assert "Kick ann" not in await get(await sync_to_async(staff)(VIEW), PAGE)
        counted = await get(boss, "/admin/smallweb_core/channel/?filter=admin/%23&subscribers=1")
        assert '<td class="field-subscribers">1</td>' in counted
        connection_id = text.partition('name="id" value="')[2].partition('"')[0]
        await sync_to_async(boss.post)(f"{PAGE}kick/", {"id": connection_id, "who": "ann"})
        assert await client.closed_with() == 4403


def test_a_bus_that_is_away_is_said(boss: Client, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "nothing://"}
    assert "must begin with" in boss.get(PAGE).content.decode()
    assert "must begin with" in boss.post(f"{PAGE}kick/", {"id": "abc"}, follow=True).content.decode()
    assert not LogEntry.objects.exists()
