from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smallweb.core import GiveUp, Task, TaskContext, task
from smallweb.core.exceptions import AlreadyRegistered, BadArguments, NotRegistered
from smallweb.core.executions import tasks
from smallweb.core.executions.options import MAX_KEY, MAX_NAME
from tests.core.executions import functions

pytestmark = pytest.mark.once

NAN = float("nan")


def test_a_task_is_registered_under_its_path_or_its_name() -> None:
    with tasks.temporarily():
        assert task(functions.wrapped).name == "tests.core.executions.functions.wrapped"
        named: Task[..., Any] = task(name="mine")(functions.wrapped)
        assert tasks.get("mine") is named
        assert named.origin == "tests.core.executions.functions.wrapped"


def test_two_tasks_of_one_name_are_refused() -> None:
    with tasks.temporarily(), pytest.raises(AlreadyRegistered, match=r"functions\.add"):
        task(name=functions.add.name)(functions.wrapped)


def test_an_unknown_name_is_no_task() -> None:
    with pytest.raises(NotRegistered, match="No task"):
        tasks.get("os.system")


async def test_called_like_a_function_it_runs_here_and_now() -> None:
    assert functions.add(1, b=2) == 3
    assert await functions.add_later(1) == 1
    with pytest.raises(GiveUp):
        functions.give_up()


def test_a_context_of_ones_own_makes_a_direct_call() -> None:
    context = TaskContext(task="", run_id=1, uuid="u", attempt=2)
    context.report({"at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert functions.tell_context(context)[2:4] == ["u", 2]


def test_wishes_make_another_task_of_the_same_name() -> None:
    wished = functions.add.using(priority="high", key="k", because="b").using(run_after=timedelta(hours=1))
    assert (wished.name, wished.priority, wished.key, wished.because) == (
        functions.add.name, "high", "k", "b",
    )  # fmt: skip
    assert functions.add.key is None
    assert tasks.get(functions.add.name) is functions.add


def test_what_is_not_wished_for_stays() -> None:
    assert functions.add.using() == functions.add


@pytest.mark.parametrize(
    "wish",
    [
        {"priority": "urgent"},
        {"priority": 1},
        {"timeout_s": 0},
        {"timeout_s": -1},
        {"timeout_s": NAN},
        {"timeout_s": float("inf")},
        {"timeout_s": "5"},
        {"max_attempts": 0},
        {"max_attempts": 1.5},
        {"max_attempts": 10**6},
        {"key": ""},
        {"key": "x" * (MAX_KEY + 1)},
        {"key": "\0"},
        {"key": 5},
        {"run_after": 5},
    ],
    ids=str,
)
def test_a_wish_that_no_run_can_have_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(BadArguments, match=f"{next(iter(wish))}=.* of .*add: it must be"):
        functions.add.using(**wish)


@pytest.mark.parametrize(
    "option",
    [{"retry_delay_s": -1}, {"retry_delay_s": NAN}, {"memory_mb": 0}, {"name": "x" * (MAX_NAME + 1)}],
    ids=lambda option: next(iter(option)),
)
def test_an_option_that_makes_no_sense_is_refused_where_it_stands(option: dict[str, Any]) -> None:
    with pytest.raises(BadArguments, match="it must be"):
        task(**option)(functions.wrapped)
    assert "tests.core.executions.functions.wrapped" not in tasks
