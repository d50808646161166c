from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from smallweb.core.checks import check_app_order, check_broker, check_settings, check_sites


@pytest.mark.parametrize(
    ("core", "words"),
    [
        ({"SITE": {}}, "Did you mean 'SITES'?"),
        ({"SITES": "var"}, "SMALLWEB_CORE['SITES'] is 'var'"),
        ({"FSYNC": "no"}, "SMALLWEB_CORE['FSYNC'] is 'no'"),
        ("sites", "it must be a dict"),
    ],
)
def test_unusable_settings_are_named(settings: Settings, core: Any, words: str) -> None:
    settings.SMALLWEB_CORE = core
    (message,) = check_settings(None)
    assert message.id == "smallweb_core.E001"
    assert words in message.msg


@pytest.mark.parametrize(
    ("prefix", "folder", "check_id"),
    [
        ("/blog", ".", "smallweb_core.E002"),
        ("blog/", ".", "smallweb_core.E002"),
        ("", "/", "smallweb_core.E003"),
        ("", "missing", "smallweb_core.W001"),
    ],
)
def test_a_site_that_cannot_be_is_told(
    settings: Settings, tmp_path: Path, prefix: str, folder: str, check_id: str
) -> None:
    settings.SMALLWEB_CORE = {"SITES": {prefix: tmp_path / folder}}
    (message,) = check_sites(None)
    assert message.id == check_id
    assert message.hint


def test_sites_that_are_there_are_fine(settings: Settings, tmp_path: Path) -> None:
    settings.SMALLWEB_CORE = {"SITES": {"": tmp_path, "blog/old": tmp_path}}
    assert check_sites(None) == []


@pytest.mark.parametrize("named", [None, "django_q.brokers.orm.ORM", "nowhere.Broker", 7])
def test_a_broker_that_never_hears_of_what_is_due_is_refused(settings: Settings, named: Any) -> None:
    settings.Q_CLUSTER = {"name": "x", "orm": "default"} | ({} if named is None else {"broker_class": named})
    (message,) = check_broker(None)
    assert message.id == "smallweb_core.E005"
    assert "WorkBroker" in str(message.hint)


def test_our_broker_and_what_stands_on_it_are_fine(settings: Settings) -> None:
    assert check_broker(None) == []
    settings.Q_CLUSTER = {"broker_class": "tests.core.test_checks.OwnBroker"}
    assert check_broker(None) == []


def __getattr__(name: str) -> type:
    """A site's own broker; made when asked for, since its base needs the apps."""
    from smallweb.core.cluster.broker import WorkBroker

    if name == "OwnBroker":
        return type(name, (WorkBroker,), {})
    raise AttributeError(name)


def test_core_stands_first(settings: Settings) -> None:
    assert check_app_order(None) == []
