from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from smallweb.core.exceptions import UnsafeRunDir
from smallweb.core.run_dir import run_dir


@pytest.fixture
def base(tmp_path: Path, settings: Settings) -> Path:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "var" / "run"}
    return tmp_path / "var" / "run"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_level_is_made_private(base: Path) -> None:
    assert run_dir("sockets", "apps") == base / "sockets" / "apps"
    assert {mode_of(base), mode_of(base / "sockets"), mode_of(base / "sockets" / "apps")} == {0o700}


def test_a_folder_that_is_there_is_taken_as_it_is(base: Path) -> None:
    (run_dir("locks") / "kept").touch()
    assert (run_dir("locks") / "kept").exists()


def test_rights_of_readers_are_taken_away(base: Path) -> None:
    base.mkdir(parents=True)
    base.chmod(0o755)
    assert mode_of(run_dir()) == 0o700


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_to_is_refused(base: Path, mode: int) -> None:
    base.mkdir(parents=True)
    base.chmod(mode)
    with pytest.raises(UnsafeRunDir, match="written to by other users; remove it or set RUN_DIR"):
        run_dir()


def test_a_link_is_refused(base: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    run_dir()
    (base / "locks").symlink_to(elsewhere)
    with pytest.raises(UnsafeRunDir, match="symbolic link"):
        run_dir("locks")


def test_a_file_is_refused(base: Path) -> None:
    run_dir()
    (base / "locks").touch()
    with pytest.raises(UnsafeRunDir, match="no folder"):
        run_dir("locks")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_refused(base: Path) -> None:
    run_dir()
    (base / "locks").mkdir(mode=0o700)
    os.chown(base / "locks", 65534, 65534)
    with pytest.raises(UnsafeRunDir, match="belongs to user 65534"):
        run_dir("locks")
