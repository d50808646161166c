from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from smallweb.periodic.services.page_temporaries import create_temporary, remove_temporary, sweep_temporaries

LEFT_OVER = ".index.html.4711-0123456789ab.smallweb-tmp"


def beside(folder: Path, basename: str = "index.html") -> tuple[int, str]:
    folder_fd = os.open(folder, os.O_RDONLY)
    try:
        return create_temporary(basename, folder_fd=folder_fd)
    finally:
        os.close(folder_fd)


def test_a_temporary_is_private_hidden_and_named_after_page_and_process(tmp_path: Path) -> None:
    fd, name = beside(tmp_path)
    os.close(fd)
    assert name.startswith(f".index.html.{os.getpid()}-") and name.endswith(".smallweb-tmp")
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("basename", ["x" * 255, "ü" * 127, "💧" * 63])
def test_the_longest_page_names_have_room(tmp_path: Path, basename: str) -> None:
    (tmp_path / basename).touch()
    fd, _ = beside(tmp_path, basename)
    os.close(fd)


def test_what_dead_writers_left_is_swept_in_every_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        (folder / LEFT_OVER).touch()
    assert sweep_temporaries(tmp_path, older_than_s=60, now=time.time() + 61) == 3
    assert not list(tmp_path.rglob("*tmp"))


def test_young_files_and_those_of_living_writers_stay(tmp_path: Path) -> None:
    (tmp_path / LEFT_OVER).touch()
    assert sweep_temporaries(tmp_path, older_than_s=60, now=time.time()) == 0
    fd, name = beside(tmp_path)
    assert sweep_temporaries(tmp_path, older_than_s=60, now=time.time() + 61) == 1
    assert (tmp_path / name).exists()
    os.close(fd)
    assert sweep_temporaries(tmp_path, older_than_s=60, now=time.time() + 61) == 1


def test_only_our_own_files_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "elsewhere").mkdir()
    site = tmp_path / "site"
    site.mkdir()
    kept = [
        site / "index.html",
        site / "index.html.4711-0123456789ab.smallweb-tmp",
        site / ".index.html.4711-xyz.smallweb-tmp",
        tmp_path / "elsewhere" / LEFT_OVER,
        tmp_path / ".git" / LEFT_OVER,
    ]
    for path in kept:
        path.touch()
    (site / "link").symlink_to(tmp_path / "elsewhere")
    (site / f".link{LEFT_OVER}").symlink_to(kept[0])
    (site / f".folder{LEFT_OVER}").mkdir()
    os.mkfifo(site / f".pipe{LEFT_OVER}")
    assert sweep_temporaries(site, older_than_s=0, now=time.time() + 1) == 0
    assert sweep_temporaries(tmp_path, older_than_s=0, now=time.time() + 1) == 1
    assert [path.exists() for path in kept] == [True, True, True, False, True]


def test_removing_what_is_gone_is_no_error(tmp_path: Path) -> None:
    folder_fd = os.open(tmp_path, os.O_RDONLY)
    remove_temporary("gone", folder_fd=folder_fd)
    os.close(folder_fd)
