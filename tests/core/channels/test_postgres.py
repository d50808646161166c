"""What only the bus in PostgreSQL can suffer: lines that break, and a server that lost its newest commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from smallweb.core.channels.bus.base import Missed, get_bus
from smallweb.core.channels.bus.postgres import PostgresBus, PostgresTail, _ending
from smallweb.core.channels.publications import Outgoing, Publication
from smallweb.core.exceptions import BusUnavailable
from tests.core.bus_remains import remove_bus
from tests.core.buses import bus_url
from tests.services import require_service
from tests.waiting import wait_for

pytestmark = pytest.mark.once

LINES = "SELECT pid FROM pg_stat_activity WHERE application_name = 'smallweb bus' AND query LIKE %s"


@pytest.fixture
def bus(tmp_path: Path, settings: Any) -> Iterator[PostgresBus]:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run", "BUS_URL": bus_url("postgres", tmp_path)}
    found = get_bus()
    assert isinstance(found, PostgresBus)
    yield found
    remove_bus(found)


@pytest.fixture
def server() -> Iterator[psycopg.Connection]:
    with psycopg.connect(require_service("postgres"), autocommit=True) as connection:
        yield connection


def kept(data: bytes) -> Outgoing:
    return Outgoing("kept/a", data, retain=True, history_size=5, history_age_s=60)


def end_lines(server: psycopg.Connection, bus: PostgresBus) -> None:
    """Let the server end all lines of this bus."""

    def lines() -> list[Any]:
        return server.execute(LINES, [f"%{bus.schema}%"]).fetchall()

    for (pid,) in lines():
        server.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_for(lambda: not lines(), what="the end of the lines")


def read(tail: PostgresTail, count: int) -> list[Publication]:
    found: list[Publication] = []

    def is_enough() -> bool:
        found.extend(tail.read(timeout_s=0.5))
        return len(found) >= count

    wait_for(is_enough, limit_s=60)
    return found


def test_lines_that_the_server_ended_are_opened_again_and_nothing_is_lost(
    bus: PostgresBus, server: psycopg.Connection
) -> None:
    bus.publish([kept(b"1")])
    tail = bus.tail()
    bus.publish([kept(b"2")])
    end_lines(server, bus)
    assert bus.publish([kept(b"3")])[0].offset == 3
    assert [bytes(one.data) for one in read(tail, 2)] == [b"2", b"3"]
    tail.close()


def test_a_line_that_the_server_is_about_to_end_is_closed_here_too(bus: PostgresBus) -> None:
    bus.publish([kept(b"1")])
    first = bus._own[os.getpid()].connection
    assert first is not None
    _ending.add(first)
    bus.publish([kept(b"2")])
    assert first.closed


def test_a_server_that_may_have_lost_commits_begins_new_epochs_and_tells_the_followers(
    bus: PostgresBus, server: psycopg.Connection
) -> None:
    (before,) = bus.publish([kept(b"1")])
    tail = bus.tail()
    # Crash recovery empties unlogged tables: https://www.postgresql.org/docs/current/sql-createtable.html
    server.execute(f"DELETE FROM {bus.schema}.life")
    end_lines(server, bus)
    with pytest.raises(Missed):
        tail.read(timeout_s=0.1)
    (after,) = bus.publish([kept(b"2")])
    assert (after.offset, after.epoch == before.epoch) == (1, False)
    assert not bus.recover("kept/a", before).recovered
    assert [bytes(one.data) for one in read(tail, 1)] == [b"2"]
    tail.close()


def test_the_last_value_survives_such_a_loss(bus: PostgresBus, server: psycopg.Connection) -> None:
    bus.publish([kept(b"1")])
    server.execute(f"DELETE FROM {bus.schema}.life")
    bus.publish([Outgoing("open/a", b"2")])
    retained = bus.recover("kept/a").retained
    assert retained is not None
    assert bytes(retained.data) == b"1"


def test_two_sites_in_one_database_do_not_hear_each_other(bus: PostgresBus, tmp_path: Path) -> None:
    other = PostgresBus(bus_url("postgres", tmp_path))
    tail = other.tail()
    bus.publish([kept(b"1")])
    assert tail.read(timeout_s=0.1) == []
    assert other.channels("#", limit=9) == []
    tail.close()
    remove_bus(other)


def test_a_failed_batch_leaves_nothing(bus: PostgresBus) -> None:
    with pytest.raises(BusUnavailable):
        bus.publish([kept(b"1"), Outgoing("kept/\0", b"2")])
    assert bus.publish([kept(b"1")])[0].offset == 1


def test_a_line_is_not_waited_for_beyond_the_limit_that_the_url_gives(bus: PostgresBus) -> None:
    with pytest.raises(BusUnavailable, match="PostgreSQL"):
        PostgresBus("postgres://127.0.0.1:1/x?connect_timeout=1").publish([kept(b"1")])
