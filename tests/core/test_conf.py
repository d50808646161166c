from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from pytest_django import Settings

from smallweb.core.conf import AppSettings


class ShopSettings(msgspec.Struct, frozen=True, kw_only=True):
    open_s: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    shelves: int = 3
    folders: dict[str, Path] = {}


shop = AppSettings("SMALLWEB_SHOP", ShopSettings)


def test_without_a_dict_the_defaults_hold() -> None:
    assert shop() == ShopSettings()
    assert shop.problems() == []


def test_given_values_are_typed_and_read_when_used(settings: Settings) -> None:
    settings.SMALLWEB_SHOP = {"OPEN_S": 5, "FOLDERS": {"": "a", "b": Path("c")}}
    assert shop() == ShopSettings(open_s=5.0, folders={"": Path("a"), "b": Path("c")})
    assert type(shop().open_s) is float
    settings.SMALLWEB_SHOP = {"OPEN_S": 6}
    assert shop().open_s == 6


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("open", "is 'open'; it must be a dict"),
        ({"OPENS_S": 5}, "no key 'OPENS_S'. Did you mean 'OPEN_S'"),
        ({"zzz": 5}, "Known keys: FOLDERS, OPEN_S, SHELVES"),
        ({7: 5}, "no key 7"),
        ({"OPEN_S": "5"}, r"\['OPEN_S'\] is '5': Expected `float`"),
        ({"OPEN_S": -1}, r"\['OPEN_S'\] is -1"),
        ({"SHELVES": True}, "Expected `int`"),
        ({"FOLDERS": {"": 5}}, "expected Path"),
    ],
)
def test_what_cannot_be_used_is_told_and_falls_back(settings: Settings, given: Any, problem: str) -> None:
    settings.SMALLWEB_SHOP = given
    assert shop() == ShopSettings()
    (found,) = shop.problems()
    assert re.search(problem, found), found


def test_one_bad_value_spoils_no_other(settings: Settings) -> None:
    settings.SMALLWEB_SHOP = {"SHELVES": 9, "OPEN_S": None}
    assert shop().shelves == 9
    assert len(shop.problems()) == 1
