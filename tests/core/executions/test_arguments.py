from __future__ import annotations

import json
import operator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.core import TaskContext
from smallweb.core.exceptions import BadArguments
from smallweb.core.executions.arguments import Parameters
from tests.core.executions.functions import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smallweb.core.models import TaskRun

pytestmark = pytest.mark.once


class Colour(Enum):
    RED = "red"


@dataclass
class Guest:
    name: str
    since: date
    friends: list[Guest] = field(default_factory=list)


class Unknown:
    pass


@dataclass
class Holder:
    thing: Unknown | None = None


def plain(a: Any, b: int = 0, *, c: str = "c") -> None: ...
def open_ended(a: int, **others: Any) -> None: ...
def starred(*values: int) -> None: ...
def positional(a: int, /) -> None: ...
def untyped(a, b=None): ...  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
def with_context(context: TaskContext, a: int = 0, **others: Any) -> None: ...
def half_known(run: TaskRun, names: Sequence[str], at: datetime) -> None: ...
def takes_union(value: str | datetime) -> None: ...
def takes_holder(value: Holder) -> None: ...
def takes_unknown(value: Unknown, more: list[Unknown], maybe: Unknown | None = None) -> None: ...


def _typed(kind: Any) -> Parameters:
    def function(value: Any) -> None: ...

    function.__annotations__["value"] = kind
    return Parameters(function)


@pytest.mark.parametrize(
    ("args", "kwargs", "stored"),
    [
        ((1,), {}, {"a": 1}),
        ((1, 2), {"c": "x"}, {"a": 1, "b": 2, "c": "x"}),
        ((), {"a": None, "b": 2}, {"a": None, "b": 2}),
    ],
)
def test_arguments_are_kept_by_name_and_defaults_are_left_to_the_code(
    args: Any, kwargs: Any, stored: Any
) -> None:
    assert Parameters(plain).bind(args, kwargs) == stored


def test_further_keywords_are_kept_where_the_function_takes_them() -> None:
    assert Parameters(open_ended).bind((1,), {"x": 2, "self": 3}) == {"a": 1, "x": 2, "self": 3}


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "fault"),
    [
        (plain, (), {}, "missing a required argument: 'a'"),
        (plain, (1, 2, 3), {}, "too many positional"),
        (plain, (1,), {"d": 1}, "unexpected keyword argument 'd'"),
        (plain, (1,), {"a": 1}, "multiple values"),
        (starred, (1, 2), {}, "values has no name"),
        (positional, (1,), {}, "a has no name"),
        (plain, (1,), {"b": "2"}, "b of plain is '2': Expected `int`, got `str`"),
        (plain, (object(),), {}, "are no JSON"),
        (plain, ("\0",), {}, "NUL"),
        (plain, ("\udc80",), {}, "surrogate"),
        (plain, (float("nan"),), {}, "no JSON"),
        (plain, ({(1, 2): 3},), {}, "no JSON"),
        (plain, ("x" * 2**20,), {}, "1048576 are taken. Store the data and give its name."),
    ],
)
def test_a_call_that_could_not_be_made_is_refused(function: Any, args: Any, kwargs: Any, fault: str) -> None:
    with pytest.raises(BadArguments, match=fault):
        Parameters(function).bind(args, kwargs)


def test_what_holds_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["self"] = value
    with pytest.raises(BadArguments, match="no JSON"):
        Parameters(plain).bind((value,), {})


def test_the_context_is_the_workers_to_give() -> None:
    parameters = Parameters(with_context)
    assert parameters.takes_context
    assert parameters.bind((5,), {}) == {"a": 5}
    for check in (parameters.check, parameters.read, lambda given: parameters.bind((), given)):
        with pytest.raises(BadArguments, match="context is given by the worker"):
            check({"context": 1})


@pytest.mark.parametrize("function", [dict.update, 3])
def test_what_does_not_say_what_it_takes_is_refused(function: Any) -> None:
    with pytest.raises(BadArguments, match="does not say what it takes"):
        Parameters(function)


def test_a_function_of_c_that_says_what_it_takes_is_taken() -> None:
    assert Parameters(json.dumps).bind(([1],), {}) == {"obj": [1]}
    with pytest.raises(BadArguments, match="has no name"):
        Parameters(operator.add).bind((1, 2), {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (datetime, datetime(2026, 1, 1, 12, 30, tzinfo=UTC)),
        (date, date(2026, 1, 1)),
        (timedelta, timedelta(days=1, seconds=2)),
        (UUID, UUID(int=7)),
        (Decimal, Decimal("1.10")),
        (bytes, b"\x00\xff"),
        (Colour, Colour.RED),
        (Guest, Guest("Ann", date(2026, 1, 1), [Guest("Bo", date(2026, 1, 2))])),
        (list[int], [1, 2]),
        (set[str], {"a"}),
        (tuple[int, str], (1, "a")),
        (dict[int, Decimal], {1: Decimal("0.5")}),
        (datetime | None, None),
        (datetime | None, datetime(2026, 1, 1, tzinfo=UTC)),
        (int, 2**200),
        (float, 1.5),
    ],
)
def test_an_annotated_value_comes_back_as_its_type(kind: Any, value: Any) -> None:
    parameters = _typed(kind)
    stored = json.loads(json.dumps(parameters.bind((value,), {})))
    assert parameters.read(stored) == {"value": value}
    assert type(parameters.read(stored)["value"]) is type(value)


@pytest.mark.parametrize("function", [untyped, takes_union, takes_holder])
def test_where_no_type_is_known_json_is_passed_on(function: Any) -> None:
    parameters = Parameters(function)
    stored = parameters.bind(({"since": datetime(2026, 1, 1, tzinfo=UTC)},), {})
    (name,) = stored
    assert parameters.read(stored) == {name: {"since": "2026-01-01T00:00:00Z"}}


def test_a_class_that_json_knows_nothing_of_is_no_type() -> None:
    stored = {"value": 1, "more": [2], "maybe": {"three": 3}}
    assert Parameters(takes_unknown).read(stored) == stored


def test_a_name_for_type_checkers_only_spoils_no_other() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    read = Parameters(half_known).read({"run": 7, "names": "any", "at": at.isoformat()})
    assert read == {"run": 7, "names": "any", "at": at}


def test_a_decorated_function_takes_what_it_says() -> None:
    parameters = Parameters(wrapped(plain))
    assert parameters.bind((1,), {"b": 2}) == {"a": 1, "b": 2}
    with pytest.raises(BadArguments, match="Expected `int`"):
        parameters.bind((1,), {"b": "2"})


@pytest.mark.parametrize("arguments", [{}, {"b": 1}, {"a": 1, "x": 2}, [1], None, {"a": 1, "b": "x"}])
def test_stored_arguments_that_no_longer_fit_are_refused(arguments: Any) -> None:
    with pytest.raises(BadArguments):
        Parameters(plain).read(arguments)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_json)
def test_any_json_comes_back_the_same_or_is_refused(value: Any) -> None:
    parameters = Parameters(untyped)
    try:
        stored = parameters.bind((value,), {})
    except BadArguments:
        text = json.dumps(value)
        assert any(part in text for part in ("NaN", "Infinity", "\\u0000", "\\ud"))
    else:
        assert parameters.read(json.loads(json.dumps(stored))) == {"a": value}
