"""Rows of namespaces, from the database to what counts in each process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from smallweb.core.channels import namespaces, publish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.hub import get_hub
from smallweb.core.channels.namespace_rows import NOTICE, namespace_rows
from smallweb.core.channels.namespaces import namespace_of
from smallweb.core.exceptions import UnknownNamespace
from smallweb.core.models import ChannelNamespace
from smallweb.core.services.sync_namespaces import sync_namespaces
from tests.core.buses import python_elsewhere
from tests.core.channels.test_hub import Reader, until
from tests.waiting import wait_for


def database_url() -> str:
    """Return the URL of the tests' own database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    namespace_rows.forget()
    yield
    namespaces.take_rows(())
    namespace_rows.forget()


def test_the_code_fills_the_table_and_edits_survive(bus: Bus) -> None:
    result = sync_namespaces()
    assert {"kept", "open", "members"} <= set(result.created)
    row = ChannelNamespace.objects.get(name="kept")
    assert (row.subscribe, row.publish, row.retain, row.history_size) == ("public", "", True, 100)
    row.subscribe = "staff"
    row.save()
    sync_namespaces()
    row.refresh_from_db()
    assert row.subscribe == "staff"
    assert row.edited_fields() == ["subscribe"]


def test_a_saved_row_counts_at_the_next_publication(bus: Bus) -> None:
    sync_namespaces()
    publish("open/a", 1)
    assert bus.retained("open/#") == []
    ChannelNamespace.objects.get(name="open").delete()
    ChannelNamespace.objects.create(name="open", subscribe="staff", retain=True)
    publish("open/a", 2)
    assert [bytes(one.data) for one in bus.retained("open/#")] == [b"2"]
    ChannelNamespace.objects.get(name="open").delete()
    publish("open/b", 2)
    assert namespace_of("open/a") is namespaces.get("open")


def test_a_row_that_a_person_made_is_a_namespace(bus: Bus) -> None:
    with pytest.raises(UnknownNamespace):
        publish("mine/a", 1)
    row = ChannelNamespace.objects.create(name="mine", subscribe="public")
    publish("mine/a", 1)
    row.delete()
    with pytest.raises(UnknownNamespace):
        publish("mine/a", 1)


def test_an_edit_that_is_rolled_back_never_counts(bus: Bus) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ChannelNamespace.objects.create(name="mine", subscribe="public")
        raise RuntimeError
    with pytest.raises(UnknownNamespace):
        publish("mine/a", 1)
    assert bus.recover(NOTICE).position.offset == 0


def test_many_rows_saved_together_are_announced_once(bus: Bus) -> None:
    sync_namespaces()
    assert bus.recover(NOTICE).position.offset == 1


def test_publishing_asks_the_database_for_nothing(bus: Bus) -> None:
    publish("open/a", 1)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            publish("open/a", 1)
    assert len(queries) == 0


def test_another_process_publishes_by_the_edited_row_within_a_second_or_two(bus: Bus, settings: Any) -> None:
    code = "import time\nwhile True:\n    publish('open/a', 1)\n    time.sleep(0.02)\n"
    other = python_elsewhere(code, settings.SMALLWEB_CORE, DATABASE_URL=database_url())
    try:
        wait_for(lambda: bus.recover("open/a").position.offset > 3, limit_s=60)
        assert bus.retained("open/#") == []
        ChannelNamespace.objects.create(name="open", subscribe="public", retain=True)
        wait_for(lambda: bus.retained("open/#"), limit_s=60)
    finally:
        other.kill()
        other.wait()


async def test_the_hub_hears_of_an_edit_and_asks_each_reader_once(bus: Bus) -> None:
    reader = Reader()
    second = Reader(reader)
    await get_hub().add("open/a", reader)
    await get_hub().add("open/b", second)
    await ChannelNamespace.objects.acreate(name="open", subscribe="staff")
    await until(lambda: reader.reconsidered + second.reconsidered == 1)
    assert namespace_of("open/a").subscribe == "staff"
    get_hub().remove("open/a", reader)
    get_hub().remove("open/b", second)


async def test_a_reader_that_fails_does_not_keep_the_others_from_it(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Reader):
        async def reconsider(self) -> None:
            raise ValueError("a fault in one subscriber")

    failing, sound = Failing(), Reader()
    for reader in (failing, sound):
        await get_hub().add("open/a", reader)
    await ChannelNamespace.objects.acreate(name="open", subscribe="staff")
    await until(lambda: sound.reconsidered)
    await asyncio.sleep(0)
    assert "could not take over" in caplog.text
    for reader in (failing, sound):
        get_hub().remove("open/a", reader)


async def test_an_edit_that_no_signal_tells_of_is_found_later(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("namespace_rows", "namespace_watch"):
        monkeypatch.setattr(f"smallweb.core.channels.{module}.MAX_AGE_S", 0.05)
    reader = Reader()
    await get_hub().add("open/a", reader)
    await ChannelNamespace.objects.abulk_create([ChannelNamespace(name="open", subscribe="staff")])
    await until(lambda: reader.reconsidered)
    get_hub().remove("open/a", reader)


def test_without_the_table_the_code_counts(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChannelNamespace._meta, "db_table", "not_migrated_yet")
    publish("open/a", 1)
    assert namespace_of("open/a") is namespaces.get("open")


def test_without_a_bus_an_edit_is_saved_and_the_others_hear_later(
    bus: Bus, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1:1/0"}
    ChannelNamespace.objects.create(name="mine", subscribe="public")
    assert "within a minute" in caplog.text
    namespace_rows.ensure_fresh()
    assert namespace_of("mine/a").subscribe == "public"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "$layer"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "#"}, "name"),
        ({"subscribe": "everyone"}, "subscribe"),
        ({"publish": "group:"}, "publish"),
        ({"history_size": 1_000_000}, "history_size"),
        ({"history_age_s": 0}, "history_age_s"),
    ],
)
def test_a_row_that_cannot_work_is_refused(values: dict[str, Any], field: str) -> None:
    row = ChannelNamespace(**{"name": "mine", "subscribe": "public", **values})
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    assert list(refusal.value.message_dict) == [field]
