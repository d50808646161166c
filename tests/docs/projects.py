"""Projects made of what the docs show, in a folder of their own, run as their readers would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.snippets import snippets_of
from tests.source import ROOT


class DocsProject:
    """A folder with the titled snippets of a page. ``settings`` names the settings module of its commands."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.folder = folder
        self.settings = settings

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_snippets(self, page: str, titles: Iterable[str]) -> None:
        """Write these titled snippets of a page of the docs; each must be there once."""
        shown = [snippet for snippet in snippets_of(ROOT / page) if snippet.title]
        for title in titles:
            (text,) = [snippet.text for snippet in shown if snippet.title == title]
            self.write(title, text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def run(self, *command: str, status: int = 0) -> str:
        """Run a Python command in the folder and return what it printed on both streams."""
        environment = {name: value for name, value in os.environ.items() if name not in _OURS} | {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "SMALLWEB_DATA": str(self.folder),
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(ROOT / "typings"), str(ROOT)]),
        }
        ended = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert ended.returncode == status, ended.stdout
        return ended.stdout

    def manage(self, *arguments: str, status: int = 0) -> str:
        return self.run("-m", "django", *arguments, status=status)


_OURS = {"DATABASE_URL", "REDIS_URL", "SMALLWEB_SITE", "SMALLWEB_DATA", "DEBUG"}
