"""What functions say, as data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from smallweb.core.describe import digest_of, item_type, plain_default, shown_signature, words

pytestmark = pytest.mark.once


def test_the_first_line_of_a_docstring_is_its_summary() -> None:
    assert words("") == {}
    assert words("Add.") == {"summary": "Add."}
    assert words("Add.\n\nTwo numbers.") == {"summary": "Add.", "description": "Add.\n\nTwo numbers."}


def test_a_signature_shows_what_is_named() -> None:
    def add(self: Any, a: int, b: int = 0, *, user: Any = None) -> int:
        return a + b

    assert shown_signature(add, {"a", "b"}) == "(a: int, b: int = 0) -> int"


def test_the_items_of_generators_have_types() -> None:
    def numbers() -> Iterator[int]:
        yield 1

    def bare() -> Iterator:  # type: ignore[type-arg]
        yield 1

    assert item_type(numbers) is int
    assert item_type(bare) is item_type(print) is Any


def test_defaults_are_json_or_their_text() -> None:
    assert plain_default([date(2026, 1, 2)]) == ["2026-01-02"]
    assert plain_default(print) == "<built-in function print>"


def test_a_digest_changes_with_the_document_only() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})
