"""The docs say what the code has, and what they show works."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from smallweb.core.conf import AppSettings
from tests.snippets import snippets_of
from tests.source import ROOT, SUITE, app_names, suite_files

pytestmark = pytest.mark.once

PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if page.exists()]
_WORDS = "\n".join(page.read_text() for page in PAGES)


def _ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _settings() -> Iterator[str]:
    for app in app_names():
        if not (SUITE / app / "conf.py").exists():
            continue
        for value in vars(importlib.import_module(f"smallweb.{app}.conf")).values():
            if isinstance(value, AppSettings) and value.name == f"SMALLWEB_{app.upper()}":
                yield value.name
                yield from (field.upper() for field in value.schema.__struct_fields__)


def _check_ids() -> Iterator[str]:
    for path in suite_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"^smallweb(?:_\w+)?\.[EWI]\d{3}$", node.value)


def _commands() -> Iterator[str]:
    for path in SUITE.glob("*/management/commands/[!_]*.py"):
        yield path.stem


def _public_callables() -> Iterator[str]:
    for app in app_names():
        package = importlib.import_module(f"smallweb.{app}")
        public = getattr(package, "__all__", [name for name in vars(package) if not name.startswith("_")])
        yield from (name for name in public if inspect.isroutine(getattr(package, name)))


@pytest.mark.skipif(len(PAGES) < 2, reason="no page of docs yet")
@pytest.mark.parametrize(
    "names", [_settings, _check_ids, _commands, _public_callables], ids=lambda f: f.__name__[1:]
)
def test_the_docs_name(names: type[Iterator[str]]) -> None:
    missing = sorted({name for name in names() if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", _WORDS)})
    assert not missing, f"Nothing in README.md or docs/ speaks of {missing}."


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_the_commands_that_a_page_shows_exist(page: Path) -> None:
    console = "\n".join(snippet.text for snippet in snippets_of(page) if snippet.language == "console")
    targets = set(re.findall(r"^TARGETS = (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split())
    known = {"manage.py": set(get_commands()), "make": {*targets, "help"}}
    shown = re.findall(r"(?:^|\s)(manage\.py|make) ([a-z_]\w*)", console, re.MULTILINE)
    unknown = sorted(f"{program} {name}" for program, name in shown if name not in known[program])
    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("docs") / "migrated.sqlite3"
    _run("-m", "django", "migrate", "--verbosity=0", database=path)
    return path


@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(s.language == "python" for s in snippets_of(p))], ids=_ids
)
def test_the_snippets_of_a_page_run(page: Path, empty_database: Path, tmp_path: Path) -> None:
    database = shutil.copyfile(empty_database, tmp_path / "docs.sqlite3")
    _run("-m", "tests.snippets", str(page), database=database)


def _run(*command: str, database: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT)]),
    }
    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
