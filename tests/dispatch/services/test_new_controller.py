"""New controllers are written whole, where they belong, and into nothing that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from smallweb.dispatch.conf import dispatch_settings
from smallweb.dispatch.exceptions import CannotDispatch
from smallweb.dispatch.services.new_controller import choose_folder, new_controller

pytestmark = pytest.mark.once

OTHER = '''# -*- coding: utf-8 -*-
"""Wörter."""
from smallweb.dispatch import Controller,safe   # mine

class  Other( Controller ) :
    pass'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "app" / "controllers"
    folder.mkdir(parents=True)
    return folder


def names_in(file: Path) -> set[str]:
    """Run the file; return the names it binds."""
    names: dict[str, object] = {"__name__": "made"}
    exec(compile(file.read_bytes(), str(file), "exec"), names)
    return set(names)


def test_a_new_library_has_the_class(folder: Path) -> None:
    file = new_controller("shop/till/Receipts", folder=folder)
    assert file == folder / "shop/till.py"
    text = file.read_text()
    for words in (
        "class Receipts(Controller):",
        "@safe",
        "@task",
        "def add(self, a: int, b: int = 0) -> int:",
    ):
        assert words in text
    assert "Receipts" in names_in(file)
    assert (file.stat().st_mode & 0o777) == 0o644
    assert [one.name for one in file.parent.iterdir()] == ["till.py"]


def test_the_first_library_of_an_app_makes_a_package(tmp_path: Path) -> None:
    new_controller("till/Receipts", folder=tmp_path / "controllers")
    assert (tmp_path / "controllers/__init__.py").exists()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_library_that_is_there_keeps_its_bytes(folder: Path, newline: str) -> None:
    file = folder / "till.py"
    before = OTHER.replace("\n", newline).encode()
    file.write_bytes(before)
    file.chmod(0o600)
    new_controller("till/Receipts", folder=folder)
    after = file.read_bytes()
    added = f"from smallweb.dispatch import Progress, task{newline}".encode()
    assert added in after
    assert after.replace(added, b"", 1).startswith(before)
    assert (b"\n" in after.replace(b"\r\n", b"")) is (newline == "\n")
    assert {"Other", "Receipts"} <= names_in(file)
    assert (file.stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize(
    "before",
    [
        "",
        "x = 1\n",
        '"""Doc."""\n',
        "from __future__ import annotations\n",
        "import os\n\nfor x in []:\n    pass\n",
    ],
)
def test_a_library_of_any_form_gets_its_imports(folder: Path, before: str) -> None:
    (folder / "till.py").write_text(before)
    file = new_controller("till/Receipts", folder=folder)
    assert "Receipts" in names_in(file)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("Receipts", "is one name; write folder/library/Class"),
        ("", "write folder/library/Class"),
        ("/till/Receipts", "write folder/library/Class"),
        ("till/Receipts/", "write folder/library/Class"),
        ("till//Receipts", "write folder/library/Class"),
        ("../till/Receipts", "has '..'"),
        ("a/../../b/C", "has '..'"),
        ("till/_Receipts", "has '_Receipts'"),
        ("till/1st", "has '1st'"),
        ("till/Rec eipts", "has 'Rec eipts'"),
        ("till/class", "has 'class'"),
        ("til.l/Receipts", "has 'til.l'"),
        ("till/Receipts\n", "has 'Receipts"),
        ("till/Été", "has 'Été'"),
        ("till/R\0", "has "),
        ("examples/probe/Open", "There is a controller examples/probe/Open already"),
        ("pack/Receipts", "pack is a folder"),
        ("lib/more/Receipts", "lib is a library"),
        ("lib/Here", "has a Here already"),
        ("broken/Receipts", "cannot be read"),
        ("taken/Receipts", "uses task for something else"),
        ("leads/out/Receipts", "leads out of"),
    ],
)
def test_what_cannot_be_written_is_refused(folder: Path, tmp_path: Path, path: str, words: str) -> None:
    (folder / "pack").mkdir()
    (folder / "lib.py").write_text("class Here:\n    pass\n")
    (folder / "broken.py").write_text("def (:\n")
    (folder / "taken.py").write_text("from smallweb.core import task\n")
    (tmp_path / "outside").mkdir()
    (folder / "leads").symlink_to(tmp_path / "outside")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.py")}
    with pytest.raises(CannotDispatch) as refused:
        new_controller(path, folder=folder)
    assert words in str(refused.value)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.py")} == before


def test_the_folder_is_that_of_an_app() -> None:
    assert choose_folder(None) == choose_folder("host") == choose_folder("tests.host")
    assert choose_folder("host").parts[-3:] == ("tests", "host", "controllers")
    with pytest.raises(CannotDispatch, match="No app 'none'"):
        choose_folder("none")


def test_packages_that_the_settings_leave_out_are_no_place(settings: object) -> None:
    settings.SMALLWEB_DISPATCH = {"CONTROLLERS": ["tests.host.controllers"]}  # type: ignore[attr-defined]
    assert dispatch_settings().controllers == ("tests.host.controllers",)
    assert choose_folder(None).parent.name == "host"
    with pytest.raises(CannotDispatch, match="No app 'auth'"):
        choose_folder("auth")
    settings.SMALLWEB_DISPATCH = {"CONTROLLERS": []}  # type: ignore[attr-defined]
    with pytest.raises(CannotDispatch, match="No app has a folder of controllers yet"):
        choose_folder(None)
