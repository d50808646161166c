"""The pages of objects and members: the tree, the rules that hold, switches."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client

from smallweb.rpc.models import RemoteMember, RemoteObject
from tests.acceptance.till.things import Till
from tests.core.socket.clients import socket
from tests.rpc.admin.conftest import member

pytestmark = pytest.mark.django_db(transaction=True)
OBJECTS = "/admin/smallweb_rpc/remoteobject/"
MEMBERS = "/admin/smallweb_rpc/remotemember/"


def _text(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def _tree(client: Client) -> str:
    pk = RemoteObject.objects.get(name="till").pk
    return _text(client, f"{OBJECTS}{pk}/change/").partition('class="smallweb-tree"')[2]


def test_the_list_says_how_many_members_there_are(till: Till, boss: Client) -> None:
    RemoteMember.objects.filter(name="till.fail").update(enabled=False)
    text = _text(boss, OBJECTS)
    assert "12, 1 off" in text
    assert "A till in a shop." in text


def test_the_tree_shows_members_with_signature_doc_and_rules(till: Till, boss: Client) -> None:
    tree = _tree(boss)
    assert "(a: int, b: int = 10) -> int" in tree
    assert "Add two numbers." in tree
    assert "What was paid today." in tree
    assert "<strong>drawer</strong>" in tree
    assert tree.index("till") < tree.index("<strong>drawer</strong>") < tree.index("is_open")
    assert 'class="smallweb-depth-1"' in tree
    assert "group:cashiers" in tree
    assert "get, set, delete" in tree


def test_edited_rules_are_marked_where_they_hold(till: Till, boss: Client) -> None:
    RemoteObject.objects.update(access="public", set_access="")
    RemoteMember.objects.filter(name="till.add").update(access="group:tellers")
    tree = _tree(boss)
    assert "group:tellers" in tree
    assert "edited here" in tree
    assert "edited at the object" in tree
    page = _text(boss, f"{MEMBERS}{member('till.total').pk}/change/")
    assert "public" in page.partition("Access now")[2]


def test_rules_are_checked_when_they_are_saved(till: Till, boss: Client) -> None:
    url = f"{MEMBERS}{member('till.add').pk}/change/"
    assert "is no access rule" in html.unescape(boss.post(url, {"access": "friends"}).content.decode())
    assert boss.post(url, {"enabled": "on", "access": "public"}).status_code == 302
    assert member("till.add").access == "public"
    assert "public" in _text(boss, url).partition("Edited:")[2]


async def test_what_is_switched_off_is_gone_at_once(till: Till, boss: Client) -> None:
    from asgiref.sync import sync_to_async

    ids = await sync_to_async(lambda: (RemoteObject.objects.get(name="till").pk, member("till.add").pk))()
    async with socket() as client:
        await sync_to_async(RemoteObject.objects.update)(access="public")
        assert await client.call("till.add", [1]) == 11
        await sync_to_async(boss.post)(f"{MEMBERS}{ids[1]}/do/switch_off/")
        assert await client.refused("till.add", [1]) == -32601
        await sync_to_async(boss.post)(f"{MEMBERS}{ids[1]}/do/switch_on/")
        assert await client.call("till.add", [1]) == 11
        await sync_to_async(boss.post)(f"{OBJECTS}{ids[0]}/do/switch_off/")
        assert await client.refused("till.add", [1]) == -32601


def test_edits_are_given_up_again(till: Till, boss: Client) -> None:
    pk = member("till.close").pk
    RemoteMember.objects.filter(pk=pk).update(access="public")
    assert "reset/" in _text(boss, f"{MEMBERS}{pk}/change/")
    assert "as in the code again: access" in _text(boss, boss.post(f"{MEMBERS}{pk}/do/reset/")["Location"])
    assert member("till.close").access == "group:cashiers"


def test_a_row_without_code_says_so(till: Till, boss: Client) -> None:
    RemoteMember.objects.filter(name="till.add").update(in_code=False)
    assert "The code is gone." in _tree(boss)
    row = member("till.add")
    assert "code is gone" in _text(boss, f"{MEMBERS}{row.pk}/change/")
    answer = boss.post(f"{MEMBERS}{row.pk}/do/reset/", follow=True)
    assert "has no code to go back to" in answer.content.decode()


def test_an_object_without_members(till: Till, boss: Client) -> None:
    RemoteMember.objects.all().delete()
    assert "No members." in _tree(boss)


def test_the_figures_of_calls_are_shown(till: Till, boss: Client, rows: dict[str, Any]) -> None:
    url = f"{MEMBERS}{member('till.add').pk}/"
    boss.post(f"{url}console/", {"verb": "call", "arg-a": "1"})
    boss.post(f"{url}console/", {"verb": "call", "arg-a": "1"})
    assert "2, 0 failed; half within" in _text(boss, f"{url}change/")
    assert "2, 0 failed" in _text(boss, MEMBERS)
