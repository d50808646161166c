from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from smallweb.core.checks import check_app_order, check_settings, check_sites


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


def test_core_stands_first(settings: Settings) -> None:
    assert check_app_order(None) == []
