from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from smallweb.core.executions.plain import MAX_DEPTH, as_json

pytestmark = pytest.mark.once


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"a": (1, {2})}, {"a": [1, [2]]}),
        ({1: "a"}, {"1": "a"}),
        (mark_safe("<b>"), "<b>"),
        (gettext_lazy("ready"), "ready"),
        ("\U0001f600", "\U0001f600"),
        ("a literal \\u0000 and \\\\u0000", "a literal \\u0000 and \\\\u0000"),
        (2**4000, 2**4000),
        (nested(MAX_DEPTH), nested(MAX_DEPTH)),
        ([[]] * 300, [[]] * 300),
    ],
    ids=str,
)
def test_what_json_has_a_form_for_is_written(value: Any, stored: Any) -> None:
    assert json.loads(as_json(value)) == stored


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (float("nan"), "not JSON compliant"),
        ([float("inf")], "not JSON compliant"),
        ("\0", "NUL"),
        ("\\\0", "NUL"),
        ({"\0": 1}, "NUL"),
        ("\udc80", "half a surrogate"),
        ("\ud83d", "half a surrogate"),
        (10**5000, "limit"),
        (nested(MAX_DEPTH + 1), "nested deeper than 100"),
        (nested(100_000), "nested deeper than 100"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "value",
)
def test_what_a_database_would_refuse_or_change_is_a_value_error(value: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        as_json(value)


def test_texts_are_mended_where_that_is_wished() -> None:
    value = {"\0": ("\udc80", "\U0001f600", "\\u0000")}
    mended = {"\ufffd": ["\ufffd", "\U0001f600", "\\u0000"]}
    assert json.loads(as_json(value, mend_texts=True)) == mended


def test_what_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="holds itself"):
        as_json(value)


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, {None: 1}, (n for n in "a"), len, 1j])
def test_what_json_has_no_form_for_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        as_json(value)
