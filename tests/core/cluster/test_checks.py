from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import CheckMessage
from django.db import connections
from pytest_django import Settings

from smallweb.core.cluster.checks import check_broker, check_cluster, check_database, own_task_problems

GOOD = {"workers": 2, "queue_limit": 4, "timeout": 60, "retry": 241, "ack_failures": True}
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def _check(settings: Settings, **given: Any) -> list[CheckMessage]:
    settings.Q_CLUSTER = {**GOOD, "broker_class": "smallweb.core.cluster.broker.WorkBroker", **given}
    return check_cluster(None)


@pytest.mark.parametrize("named", [None, "django_q.brokers.orm.ORM", "nowhere.Broker", 7])
def test_a_broker_that_never_hears_of_what_is_due_is_refused(settings: Settings, named: Any) -> None:
    settings.Q_CLUSTER = {"name": "x", "orm": "default"} | ({} if named is None else {"broker_class": named})
    (message,) = check_broker(None)
    assert message.id == "smallweb_core.E005"
    assert "WorkBroker" in str(message.hint)


def test_our_broker_and_what_stands_on_it_are_fine(settings: Settings) -> None:
    assert check_broker(None) == []
    settings.Q_CLUSTER = {"broker_class": "tests.core.cluster.test_checks.OwnBroker"}
    assert check_broker(None) == []


def __getattr__(name: str) -> type:
    """A site's own broker; made when asked for, since its base needs the apps."""
    from smallweb.core.cluster.broker import WorkBroker

    if name == "OwnBroker":
        return type(name, (WorkBroker,), {})
    raise AttributeError(name)


def test_the_cluster_of_these_tests_is_fine(settings: Settings) -> None:
    assert check_cluster(None) == []
    assert _check(settings) == []


@pytest.mark.parametrize(
    ("given", "check_id"),
    [
        ({"sync": True}, "smallweb_core.E006"),
        ({"queue_limit": 0}, "smallweb_core.E007"),
        ({"queue_limit": None}, "smallweb_core.E007"),
        ({"queue_limit": "4"}, "smallweb_core.E007"),
        ({"workers": -1}, "smallweb_core.E007"),
        ({"orm": "elsewhere"}, "smallweb_core.E008"),
    ],
)
def test_what_keeps_work_from_being_done_is_refused(
    settings: Settings, given: dict[str, Any], check_id: str
) -> None:
    (message,) = _check(settings, **given)
    assert message.id == check_id
    assert message.is_serious()
    assert message.hint


@pytest.mark.parametrize("given", [{"workers": 0, "retry": 10**6}, {"orm": "default"}, {"orm": None}])
def test_what_django_q2_has_a_default_for_is_fine(settings: Settings, given: dict[str, Any]) -> None:
    assert _check(settings, **given) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"timeout": None}, "'timeout' is None"),
        ({"timeout": -1}, "'timeout' is -1"),
        ({"retry": 240}, "write more than 240"),
        ({"retry": 500, "bulk": 20}, "write more than 780"),
        ({"ack_failures": False}, "begun again for ever"),
        ({"ack_failures": False, "max_attempts": 0}, "begun again for ever"),
        ({"bulk": 0}, "'bulk' is 0"),
    ],
)
def test_what_harms_only_the_sites_own_tasks_is_a_warning(
    settings: Settings, given: dict[str, Any], words: str
) -> None:
    (message,) = _check(settings, **given)
    assert message.id == "smallweb_core.W003"
    assert not message.is_serious()
    assert words in message.msg


def test_a_task_that_fails_may_be_begun_again_a_few_times(settings: Settings) -> None:
    assert _check(settings, ack_failures=False, max_attempts=3) == []


def test_what_is_not_given_is_as_django_q2_has_it() -> None:
    hangs, again = own_task_problems({})
    assert "'timeout' is None" in hangs
    assert "begun again" in again
    (twice,) = own_task_problems({"timeout": 50, "workers": 1, "ack_failures": True})
    assert "'retry' is 60" in twice
    assert "more than 150" in twice


def test_a_broker_that_is_named_beside_ours_is_told_to_have_no_effect(settings: Settings) -> None:
    messages = _check(settings, redis={"host": "localhost"}, sqs={"aws_region": "us-east-1"}, mongo=None)
    assert [message.id for message in messages] == ["smallweb_core.W004"] * 2
    assert "Q_CLUSTER['redis'] has no effect" in messages[0].msg
    assert _check(settings, redis={"host": "localhost"}, broker_class=None) == []


def test_a_site_without_workers_is_told_so_and_asked_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(apps.app_configs, "django_q")
    settings.Q_CLUSTER = {}
    assert [message.id for message in check_broker(None)] == ["smallweb_core.W005"]
    assert check_cluster(None) == check_database(None) == []


@pytest.fixture
def sqlite(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of the default database, taken for a SQLite one."""
    values = {"NAME": "site.sqlite3", "OPTIONS": SQLITE}
    default = connections["default"]
    monkeypatch.setattr(default, "vendor", "sqlite")
    monkeypatch.setattr(default, "settings_dict", default.settings_dict | values)
    return default.settings_dict


def test_sqlite_as_the_tutorial_writes_it_is_fine(sqlite: dict[str, Any]) -> None:
    assert check_database(None) == []
    sqlite["OPTIONS"] = SQLITE | {
        "transaction_mode": "exclusive",
        "init_command": "pragma journal_mode = wal",
    }
    assert check_database(None) == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("transaction_mode", "DEFERRED", "'transaction_mode': 'IMMEDIATE'"),
        ("timeout", 5, "a 'timeout' of 10 s"),
        ("init_command", "PRAGMA synchronous=NORMAL;", "journal_mode=WAL"),
    ],
)
def test_sqlite_that_will_be_locked_is_told_what_it_lacks(
    sqlite: dict[str, Any], option: str, value: Any, words: str
) -> None:
    sqlite["OPTIONS"] = SQLITE | {option: value}
    (message,) = check_database(None)
    assert message.id == "smallweb_core.W002"
    assert words in message.msg
    sqlite["OPTIONS"] = {}
    (message,) = check_database(None)
    assert words in message.msg


@pytest.mark.parametrize("name", [":memory:", "file:site?mode=memory&cache=shared"])
def test_a_database_in_memory_is_refused(sqlite: dict[str, Any], name: str) -> None:
    sqlite["NAME"] = name
    (message,) = check_database(None)
    assert message.id == "smallweb_core.E009"


def test_the_database_that_django_makes_for_tests_may_be_in_memory(sqlite: dict[str, Any]) -> None:
    sqlite["NAME"] = "file:memorydb_default?mode=memory&cache=shared"
    assert check_database(None) == []


def test_another_database_is_not_asked_for_sqlites_settings(
    sqlite: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    sqlite["OPTIONS"] = {}
    assert check_database(None) == []
