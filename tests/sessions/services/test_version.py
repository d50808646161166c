"""Which version of an app there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smallweb.sessions.registry import HostedApp, describe_app
from smallweb.sessions.services.version import version_of
from tests.sessions import gui

pytestmark = pytest.mark.once


def test_it_is_the_moment_of_the_file_s_last_change() -> None:
    changed = f"{Path(gui.__file__).stat().st_mtime_ns:020d}"
    for target in ("tests.sessions.gui:Counter", "tests.sessions.gui.Counter"):
        assert version_of(describe_app("a", target)) == changed


def test_it_grows_with_each_change(tmp_path: Path) -> None:
    file = tmp_path / "some_app.py"
    file.write_text("")
    app = describe_app("a", "some_app:App", path=[tmp_path])
    os.utime(file, ns=(10**9, 10**9))
    before = version_of(app)
    os.utime(file, ns=(10**9, 10**10))
    assert version_of(app) > before
    file.unlink()
    assert version_of(app) == ""


def test_a_package_is_found_by_its_init(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    assert version_of(describe_app("a", "package:App", path=[tmp_path]))


def test_a_script_is_its_file(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text("")
    app = HostedApp(name="a", origin="", target="App", file=str(file))
    assert version_of(app) == f"{file.stat().st_mtime_ns:020d}"


def test_what_is_not_found_has_none() -> None:
    assert version_of(describe_app("a", "no_such_module_anywhere:App")) == ""
    assert version_of(describe_app("a", "tests.sessions.gui:App", python="other")) == ""
