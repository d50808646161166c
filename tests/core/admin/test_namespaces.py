"""Namespaces of channels in the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from smallweb.core.channels import Namespace, namespaces
from smallweb.core.channels.namespace_rows import namespace_rows
from smallweb.core.channels.namespaces import namespace_of
from smallweb.core.models import ChannelNamespace
from smallweb.core.services.sync_namespaces import sync_namespaces

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/smallweb_core/channelnamespace/"
VIEW = "smallweb_core.view_channelnamespace"
CHANGE = "smallweb_core.change_channelnamespace"
FORM = {
    "enabled": "on", "subscribe": "public", "publish": "", "presence": "", "history": "",
    "history_size": "0", "history_age_s": "300",
}  # fmt: skip


@pytest.fixture(autouse=True)
def chat() -> Iterator[None]:
    namespace_rows.forget()
    with namespaces.temporarily(Namespace(name="chat", subscribe="public", history_size=3)):
        sync_namespaces()
        yield
    namespaces.take_rows(())
    namespace_rows.forget()


def row() -> ChannelNamespace:
    return ChannelNamespace.objects.get(name="chat")


def test_an_edit_counts_and_can_be_given_up(boss: Client) -> None:
    answer = boss.post(f"{LIST}{row().pk}/change/", {**FORM, "subscribe": "staff", "history_size": "9"})
    assert answer.status_code == 302
    namespace_rows.ensure_fresh()
    assert (namespace_of("chat/a").subscribe, namespace_of("chat/a").history_size) == ("staff", 9)
    shown = boss.get(f"{LIST}{row().pk}/change/").content.decode()
    assert "In code" in shown
    boss.post(f"{LIST}{row().pk}/do/reset/")
    namespace_rows.ensure_fresh()
    assert namespace_of("chat/a") == namespaces.get("chat")
    assert "is as the code says" in boss.post(f"{LIST}{row().pk}/do/reset/", follow=True).content.decode()


def test_a_namespace_is_added_and_deleted(boss: Client) -> None:
    assert boss.post(f"{LIST}add/", {**FORM, "name": "mine"}).status_code == 302
    namespace_rows.ensure_fresh()
    assert namespace_of("mine/a").subscribe == "public"
    mine = ChannelNamespace.objects.get(name="mine")
    boss.post(f"{LIST}{mine.pk}/delete/", {"post": "yes"})
    namespace_rows.ensure_fresh()
    assert namespaces.find("mine") is None
    assert boss.post(f"{LIST}{row().pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"subscribe": "everyone"}, "is no access rule"),
        ({"name": "$mine"}, "such names are the suite"),
        ({"history_size": "99999"}, "less than or equal to 10000"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(boss: Client, values: dict[str, str], said: str) -> None:
    answer = boss.post(f"{LIST}add/", {**FORM, "name": "mine", **values})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ChannelNamespace.objects.filter(name__contains="mine").exists()


@pytest.mark.parametrize(
    ("permissions", "looks", "edits"), [((), 403, 403), ((VIEW,), 200, 403), ((VIEW, CHANGE), 200, 302)]
)
def test_it_takes_djangos_permissions(
    staff: Callable[..., Client], permissions: tuple[str, ...], looks: int, edits: int
) -> None:
    client = staff(*permissions)
    assert client.get(LIST).status_code == looks
    assert client.post(f"{LIST}{row().pk}/change/", FORM).status_code == edits
    assert client.post(f"{LIST}{row().pk}/do/reset/").status_code == edits
