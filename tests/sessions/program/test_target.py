"""From names to applications."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from smallweb.sessions.program.target import NoSuchApp, find_target, kind_of
from tests.sessions import echo, gui

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("tests.sessions.gui:Counter", gui.Counter),
        ("tests.sessions.gui.Counter", gui.Counter),
        ("tests.sessions.echo:app", echo.app),
        ("tests.sessions.gui:Counter.add_one", gui.Counter.add_one),
    ],
)
def test_names_lead_to_applications(name: str, wanted: Any) -> None:
    assert find_target(name) is wanted


def test_a_module_stands_for_its_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lone_app.py").write_text("class App: pass")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_target("lone_app").__name__ == "App"
    del sys.modules["lone_app"]


@pytest.mark.parametrize(
    "name", ["tests.sessions.gui:Nobody", "tests.sessions.gui.Nobody", "tests.sessions:App"]
)
def test_a_name_that_leads_nowhere_says_so(name: str) -> None:
    with pytest.raises(NoSuchApp, match="name a class"):
        find_target(name)


def test_a_module_that_is_missing_or_broken_raises_what_its_import_does() -> None:
    with pytest.raises(ImportError):
        find_target("tests.no_such_module:App")
    with pytest.raises(RuntimeError, match="its import is broken"):
        find_target("tests.sessions.broken_import:App")


def test_a_file_is_loaded_as_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_it.py").write_text("WORD = 'found'")
    script = tmp_path / "script_app.py"
    script.write_text("from beside_it import WORD\nclass App: word = WORD\nif __name__ == '__main__': 1/0")
    assert find_target("App", str(script)).word == "found"
    with pytest.raises(NoSuchApp, match="is no Python file"):
        find_target("App", str(tmp_path / "picture.png"))
    for name in ("script_app", "beside_it"):
        del sys.modules[name]


def test_kinds_are_told_apart() -> None:
    assert kind_of(gui.Counter) == "htag1"
    assert kind_of(echo.app) == "asgi"


@pytest.mark.parametrize("target", [dict, 7, "text"])
def test_what_cannot_be_served_is_refused(target: Any) -> None:
    with pytest.raises(NoSuchApp, match="is no htag class"):
        kind_of(target)
