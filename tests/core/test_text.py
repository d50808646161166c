from __future__ import annotations

import pytest

from smallweb.core.text import storable


class Shouting(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("21.2 °C 🌡", "21.2 °C 🌡"),
        ("a\0b", "a\ufffdb"),
        ("lone \udc80", "lone \ufffd"),
        ("paired \ud83c\udf21", "paired \U0001f321"),
        ("", ""),
    ],
)
def test_what_no_store_takes_is_replaced(given: str, kept: str) -> None:
    assert storable(given) == kept


def test_a_subclass_of_str_becomes_a_str() -> None:
    assert type(storable(Shouting("hot"))) is str
