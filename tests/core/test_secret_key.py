from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from smallweb.core.secret_key import kept_secret_key
from tests.source import ROOT

pytestmark = pytest.mark.once


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret_key"
    key = kept_secret_key(file)
    assert len(key) >= 50
    assert kept_secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_together_have_the_same_key(tmp_path: Path) -> None:
    for attempt in range(50):
        file = tmp_path / f"{attempt}"
        keys: list[str] = []
        together = threading.Barrier(4)

        def start(file: Path = file, keys: list[str] = keys, together: threading.Barrier = together) -> None:
            together.wait()
            keys.append(kept_secret_key(file))

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 4
        assert len(set(keys)) == 1


def test_a_key_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("restored from a backup")
    file.chmod(0o644)
    assert kept_secret_key(file) == "restored from a backup"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("text", "mode"), [("", 0o600), ("planted", 0o666), ("planted", 0o620)])
def test_a_key_that_is_empty_or_not_ours_alone_to_write_is_refused(
    tmp_path: Path, text: str, mode: int
) -> None:
    file = tmp_path / "secret_key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        kept_secret_key(file)


@pytest.mark.skipif("os.geteuid() != 0", reason="only root can make files for others")
def test_a_key_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret_key"
    file.write_text("planted")
    os.chown(file, 65534, 65534)
    monkeypatch.setattr(os, "geteuid", lambda: 65533)
    with pytest.raises(ImproperlyConfigured, match="it belongs to user 65534, this process is user 65533"):
        kept_secret_key(file)


def test_the_data_folder_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-c", "import os; os.umask(0); import smallweb_project.settings"],
        cwd=ROOT,
        env={**os.environ, "SMALLWEB_DATA": str(data)},
        check=True,
    )
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
