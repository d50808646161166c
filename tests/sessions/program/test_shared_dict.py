"""The dict that all apps of a visitor share."""

from __future__ import annotations

import time
from typing import Any

import pytest

from smallweb.sessions.program.shared_dict import SharedDict

pytestmark = pytest.mark.once


def shared(**data: Any) -> tuple[SharedDict, list[str]]:
    faults: list[str] = []
    return SharedDict(data, faults.append), faults


def test_nothing_has_changed_at_first() -> None:
    assert shared(a=[1])[0].take_changes() is None
    assert shared()[0].take_changes() is None


def test_a_change_is_told_once_however_deep_it_is() -> None:
    data, _ = shared(a={"b": [{"c": 1}]}, same=1)
    data["a"]["b"][0]["c"] = 2
    assert data.take_changes() == {"set": {"a": {"b": [{"c": 2}]}}, "del": []}
    assert data.take_changes() is None


def test_what_is_told_is_no_part_of_what_the_app_has() -> None:
    data, _ = shared()
    data["a"] = [1]
    told = data.take_changes()
    assert told is not None
    told["set"]["a"].append(2)
    assert data["a"] == [1]


def test_keys_that_go_are_told() -> None:
    data, _ = shared(a=1, b=2)
    del data["a"]
    assert data.take_changes() == {"set": {}, "del": ["a"]}
    data.clear()
    assert data.take_changes() == {"set": {}, "del": ["b"]}


def test_the_order_of_a_dict_is_kept() -> None:
    data, _ = shared()
    data["a"] = {"z": 1, "b": 2}
    told = data.take_changes()
    assert told is not None
    assert list(told["set"]["a"]) == ["z", "b"]


@pytest.mark.parametrize("key, value", [("a", {1}), ("a", {"b": object()}), (1, 2), ("_auth_user_id", "1")])
def test_what_cannot_be_kept_is_reported_once(key: Any, value: Any) -> None:
    data, faults = shared(b=1)
    data[key] = value
    data["b"] = 2
    assert data.take_changes() == {"set": {"b": 2}, "del": []}
    assert data.take_changes() is None
    assert len(faults) == 1
    assert "is not kept" in faults[0]


def test_what_holds_itself_is_reported() -> None:
    data, faults = shared()
    loop: list[Any] = []
    loop.append(loop)
    data["loop"] = loop
    assert data.take_changes() is None
    assert len(faults) == 1


def test_changes_of_another_process_are_no_changes_of_this_one() -> None:
    data, _ = shared(a=1, b=1)
    data.apply({"set": {"a": 2}, "del": ["b", "c"]})
    assert data == {"a": 2}
    assert data.take_changes() is None


def test_what_is_the_same_stays_the_very_object() -> None:
    data, _ = shared(a=[1], b=[1])
    held, other = data["a"], data["b"]
    data.renew({"a": [1], "b": [1, 2]}, read_at=time.monotonic())
    held.append(2)
    assert data["a"] is held
    assert data["b"] is not other
    assert data.take_changes() == {"set": {"a": [1, 2]}, "del": []}


def test_what_was_kept_is_taken_over() -> None:
    data, _ = shared(a=1, gone=1)
    data.renew({"a": 2, "new": 3}, read_at=time.monotonic())
    assert data == {"a": 2, "new": 3}
    assert data.take_changes() is None


def test_what_was_read_before_a_change_was_kept_does_not_undo_it() -> None:
    data, _ = shared(a=1, b=1)
    data["a"] = 2
    del data["b"]
    data["c"] = 3
    data.take_changes()
    data.renew({"a": 1, "b": 1, "d": 4}, read_at=time.monotonic())
    assert data == {"a": 2, "c": 3, "d": 4}
    data.renew({"a": 1, "b": 1}, read_at=time.monotonic() + 60)
    assert data == {"a": 1, "b": 1}


def test_what_has_not_been_told_yet_is_told_after_others_have_changed_something() -> None:
    data, _ = shared(a=1)
    data["mine"] = 1
    data.apply({"set": {"a": 2}})
    assert data.take_changes() == {"set": {"mine": 1}, "del": []}
