"""What apps change in the dict that they share."""

from __future__ import annotations

import threading

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from smallweb.sessions.services.keep_data import keep_data


def session(**data: object) -> str:
    store = SessionStore()
    store.update(data)
    store.create()
    return str(store.session_key)


@pytest.mark.django_db
def test_changes_are_in_the_session() -> None:
    key = session(a=1, b=2)
    keep_data(key, {"set": {"a": {"deep": [3]}, "c": 4}, "del": ["b", "never"]})
    assert dict(SessionStore(key).items()) == {"a": {"deep": [3]}, "c": 4}


@pytest.mark.django_db
def test_what_django_keeps_there_is_not_written() -> None:
    key = session(_auth_user_id="1")
    keep_data(key, {"set": {"_auth_user_id": "2", "_x": 1}, "del": ["_auth_user_id"]})
    assert dict(SessionStore(key).items()) == {"_auth_user_id": "1"}


@pytest.mark.django_db
def test_a_session_that_has_ended_keeps_nothing() -> None:
    key = session(a=1)
    SessionStore(key).delete()
    keep_data(key, {"set": {"a": 2}, "del": []})
    assert not SessionStore().exists(key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("engine", ["db", "cached_db", "cache"])
def test_many_who_keep_something_at_once_keep_all(engine: str, settings: object) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"  # type: ignore[attr-defined]
    from importlib import import_module

    store = import_module(f"django.contrib.sessions.backends.{engine}").SessionStore()
    store.create()
    key = str(store.session_key)

    def keep(number: int) -> None:
        keep_data(key, {"set": {f"n{number}": number}, "del": []})
        connection.close()

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(type(store)(key).items()) == 12


@pytest.mark.django_db
def test_the_session_of_a_request_that_still_runs_does_not_undo_it() -> None:
    loaded = SessionStore()
    loaded["a"] = 1
    loaded.create()
    keep_data(str(loaded.session_key), {"set": {"b": 2}, "del": ["a"]}, loaded=loaded)
    loaded.save()
    assert dict(SessionStore(loaded.session_key).items()) == {"b": 2}
