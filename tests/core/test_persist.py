from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from smallweb.core.persist import insist


class Failing:
    """A write that the database takes after some errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "written"


def _sqlite_error(path: Path, statement: str) -> Exception:
    """Return what Django makes of SQLite's own error."""
    with sqlite3.connect(path, timeout=0) as database:
        try:
            database.execute(statement)
        except sqlite3.OperationalError as error:
            wrapped = OperationalError(str(error))
            wrapped.__cause__ = error
            return wrapped
        finally:
            database.rollback()
    database.close()
    raise AssertionError("no error")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_write_is_tried_until_the_database_takes_it(
    kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    write = Failing(kind("locked"), kind("locked"))
    assert insist(write) == "written"
    assert write.calls == 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.django_db(transaction=True)
def test_each_try_has_a_connection_of_its_own() -> None:
    seen = []

    def write() -> None:
        connection.ensure_connection()
        seen.append(connection.connection)
        if len(seen) == 1:
            raise OperationalError("the connection is broken")

    insist(write)
    assert seen[0] is not seen[1]


@pytest.mark.django_db(transaction=True)
def test_other_errors_leave_at_once() -> None:
    write = Failing(IntegrityError("twice"))
    with pytest.raises(IntegrityError):
        insist(write)
    assert write.calls == 1


@pytest.mark.django_db(transaction=True)
def test_it_can_be_given_up() -> None:
    write = Failing(*(OperationalError("locked") for _ in range(9)))
    with pytest.raises(OperationalError):
        insist(write, give_up=lambda: write.calls == 2)
    assert write.calls == 2


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_nothing_is_tried_again() -> None:
    write = Failing(OperationalError("locked"))
    with pytest.raises(OperationalError), transaction.atomic():
        insist(write)
    assert write.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_statement_is_no_reason_to_wait(tmp_path: Path) -> None:
    write = Failing(_sqlite_error(tmp_path / "db", "SELECT * FROM missing"))
    with pytest.raises(OperationalError, match="no such table"):
        insist(write)
    assert write.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_lock_is(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    write = Failing(_sqlite_error(tmp_path / "db", "CREATE TABLE t (a)"))
    assert insist(write) == "written"
    assert write.calls == 2
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_locked_table_is_written_when_the_lock_is_over(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")
    database.close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(0.3, other.rollback)
    timer.start()

    def write() -> str:
        error = None
        own = sqlite3.connect(path, timeout=0)
        try:
            own.execute("INSERT INTO t VALUES (1)")
            own.commit()
        except sqlite3.OperationalError as busy:
            error = busy
        finally:
            own.close()
        if error is not None:
            raise OperationalError(str(error)) from error
        return "written"

    assert insist(write) == "written"
    timer.join()
    other.close()
