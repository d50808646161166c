from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from smallweb.core.code_watch import CodeWatch


def test_a_saved_module_is_a_change_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "watched_code.py"
    module.write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("watched_code")
    try:
        watch = CodeWatch()
        assert not watch.has_changed()
        os.utime(module, (1, 1))
        assert watch.has_changed()
        assert not watch.has_changed()
        module.unlink()
        assert watch.has_changed()
    finally:
        del sys.modules["watched_code"]


def test_installed_packages_are_not_looked_at() -> None:
    assert not [path for path in CodeWatch()._times() if "site-packages" in path.parts]
