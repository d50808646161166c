"""With a PostgreSQL database of these tests' own in place of the default one, whatever that is."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import environ
import psycopg
import pytest
from django.db import connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django import DjangoDbBlocker

from smallweb.core.cluster import listen
from smallweb.core.cluster.listen import Listener, WorkBell
from smallweb.core.cluster.work import ring_workers
from smallweb.core.doorbell import ring
from tests.services import require_service
from tests.source import ROOT
from tests.waiting import wait_for

NOTIFY = "import django; django.setup(); from smallweb.core.cluster import ring_workers; ring_workers()"
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND query = 'LISTEN smallweb_workers'"


class Database:
    """What the server knows of the listeners of one database, asked from outside of it."""

    def __init__(self, server: psycopg.Connection, url: str) -> None:
        self.server = server
        self.url = url
        self.name = urlsplit(url).path.lstrip("/")

    def listeners(self) -> list[int]:
        return [pid for (pid,) in self.server.execute(LISTENERS, [self.name])]

    def end_listeners(self) -> None:
        for pid in self.listeners():
            self.server.execute("SELECT pg_terminate_backend(%s)", [pid])
        wait_for(lambda: not self.listeners(), what="the end of the listeners")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    name = f"smallweb_{uuid.uuid4().hex[:12]}"
    url = require_service("postgres")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield Database(server, urlunsplit(urlsplit(url)._replace(path=f"/{name}")))
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def default(database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """The default database, in PostgreSQL."""
    usual = connections["default"]
    wrapper = DatabaseWrapper({**usual.settings_dict, "OPTIONS": {}, **_parts(database.url)}, "default")
    connections["default"] = wrapper
    with django_db_blocker.unblock():
        yield wrapper
    wrapper.close()
    connections["default"] = usual


@pytest.fixture
def bell(database: Database) -> Iterator[WorkBell]:
    bell = WorkBell("workers")
    assert bell.clear(), "from now on it hears; before, it may have missed something"
    yield bell
    bell.close()
    wait_for(lambda: not database.listeners(), what="the end of the listener")


def _parts(url: str) -> dict[str, object]:
    return dict(environ.Env.db_url_config(url))


@pytest.fixture
def line_is_tried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_FIRST_PAUSE_S", 0.0)


def test_a_process_that_shares_no_folder_wakes_the_workers(
    bell: WorkBell, database: Database, tmp_path: Path
) -> None:
    elsewhere = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database.url,
        "SMALLWEB_TEST_DIR": str(tmp_path),
    }
    subprocess.run([sys.executable, "-c", NOTIFY], env=elsewhere, check=True)
    assert bell.wait(5)
    assert not bell.wait(0)


def test_a_transaction_wakes_when_it_commits(bell: WorkBell) -> None:
    with transaction.atomic():
        ring_workers()
        ring_workers()
        assert not bell.wait(0.05)
    assert bell.wait(5)


def test_a_transaction_that_is_rolled_back_wakes_nobody(bell: WorkBell) -> None:
    with transaction.atomic():
        ring_workers()
        transaction.set_rollback(True)
    assert not bell.wait(0.05)


def test_the_doorbell_of_this_machine_is_heard_as_before(bell: WorkBell) -> None:
    ring("workers")
    assert bell.wait(5)


def test_a_line_that_is_cut_is_renewed(
    line_is_tried_at_once: None, bell: WorkBell, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.end_listeners()
    bell.wait(5)
    wait_for(lambda: bell.clear() or database.listeners())
    ring_workers()
    assert bell.wait(5)
    assert caplog.text.count("is not heard, the workers look once a second") == 1
    assert caplog.text.count("is heard again") == 1


def test_a_database_that_is_away_is_told_once_and_tried_ever_more_rarely(
    database: Database, default: DatabaseWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    default.settings_dict["PORT"] = 1
    listener = Listener()
    listener._pause_s = 0.001
    for _ in range(20):
        assert not listener.clear()
        assert listener.fileno() == -1
        time.sleep(0.01)
    assert caplog.text.count("is not heard") == 1
    assert listener._pause_s > 0.01
    default.settings_dict["PORT"] = _parts(database.url)["PORT"]
    listener._retry_at = 0
    assert listener.clear()
    listener.close()


def test_while_the_line_is_away_the_wait_is_as_long_as_asked(
    bell: WorkBell, database: Database, default: DatabaseWrapper
) -> None:
    default.settings_dict["PORT"] = 1
    database.end_listeners()
    wait_for(lambda: not bell.clear() and bell._listener.fileno() == -1)
    begun = time.monotonic()
    assert not bell.wait(0.2)
    assert time.monotonic() >= begun + 0.2


def test_a_child_hears_through_a_line_of_its_own(bell: WorkBell, database: Database) -> None:
    before = database.listeners()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            connections["default"].connection = None
            fd = bell._listener.fileno()
            bell.clear()
            status = 0 if fd == -1 and bell._listener.fileno() >= 0 else 2
            bell.close()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert database.listeners() == before
    ring_workers()
    assert bell.wait(5)


def test_the_line_is_none_of_a_pool_and_has_keepalives(default: DatabaseWrapper) -> None:
    default.settings_dict["OPTIONS"] = {"pool": True, "keepalives_idle": 7}
    line = listen._connect()
    values = line.info.get_parameters()
    line.close()
    assert (values["keepalives_idle"], values["keepalives_count"]) == ("7", "3")
    default.settings_dict["OPTIONS"] = {}


def test_a_closed_listener_leaves_nothing_behind(database: Database) -> None:
    listener = Listener()
    listener.clear()
    assert len(database.listeners()) == 1
    listener.close()
    listener.close()
    gc.collect()
    wait_for(lambda: not database.listeners())
    assert listener.fileno() == -1


def test_other_databases_are_not_listened_to(
    default: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(default, "vendor", "sqlite")
    bell = WorkBell("workers")
    assert not bell.clear()
    assert bell._listener.fileno() == -1
    assert not bell.wait(0)
    ring("workers")
    assert bell.wait(5)
    bell.close()
    assert caplog.text == ""


def test_a_machine_without_sockets_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.AF_UNIX")
    bell = WorkBell("workers")
    begun = time.monotonic()
    assert bell.wait(10)
    assert time.monotonic() < begun + 5
    bell.close()


class OlderLine:
    """A connection as psycopg2 gives it, which is not installed here."""

    def __init__(self) -> None:
        self.notifies = ["one", "two"]

    def poll(self) -> None:
        pass

    def close(self) -> None:
        raise psycopg.InterfaceError("already closed")


def test_the_older_driver_is_understood() -> None:
    line = OlderLine()
    assert listen._take_notifications(line)
    assert not listen._take_notifications(line)


def test_a_line_that_cannot_even_be_closed_is_given_up(default: DatabaseWrapper) -> None:
    default.settings_dict["PORT"] = 1
    listener = Listener()
    listener._line = OlderLine()
    listener._lose(psycopg.OperationalError("gone"))
    assert listener.fileno() == -1
