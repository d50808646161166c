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

import msgspec
import pytest
from django.apps import apps
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


def _error_codes() -> Iterator[str]:
    for path in suite_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield from (
                    str(line.value.value)
                    for line in node.body
                    if isinstance(line, ast.Assign)
                    and [getattr(target, "id", "") for target in line.targets] == ["code"]
                    and isinstance(line.value, ast.Constant)
                )


def _environment() -> Iterator[str]:
    """The variables that the project reads."""
    for path in (ROOT / "smallweb_project/settings.py", SUITE / "core/services/first_admin.py"):
        yield from re.findall(r'env(?:iron)?\.\w+\(\s*"([A-Z_]+)"', path.read_text())


def _options() -> Iterator[str]:
    for app in app_names():
        package = importlib.import_module(f"smallweb.{app}")
        for name in getattr(package, "__all__", []):
            if inspect.isroutine(getattr(package, name)):
                yield from inspect.signature(getattr(package, name)).parameters


def _built_in_functions() -> Iterator[str]:
    from smallweb.periodic.registry import functions

    for entry in functions:
        if entry.function.__module__ == "smallweb.periodic.builtins":
            yield entry.function.__name__


def _permissions() -> Iterator[str]:
    for model in apps.get_models():
        if model.__module__.startswith("smallweb."):
            yield from (f"{model._meta.app_label}.{codename}" for codename, _ in model._meta.permissions)


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
    "names",
    [
        _settings,
        _check_ids,
        _error_codes,
        _environment,
        _options,
        _built_in_functions,
        _permissions,
        _commands,
        _public_callables,
    ],
    ids=lambda f: f.__name__[1:],
)
def test_the_docs_name(names: type[Iterator[str]]) -> None:
    missing = sorted({name for name in names() if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", _WORDS)})
    assert not missing, f"Nothing in README.md or docs/ speaks of {missing}."


@pytest.mark.parametrize("name", ["core", "dispatch", "periodic"])
def test_the_defaults_in_the_table_are_those_of_the_code(name: str) -> None:
    schema = getattr(importlib.import_module(f"smallweb.{name}.conf"), f"{name}_settings").schema
    page = (ROOT / f"docs/{name}.md").read_text()
    for field, value in msgspec.to_builtins(schema(), enc_hook=str).items():
        (shown,) = re.findall(rf"^\| `{field.upper()}` \| `?(.*?)`? \|", page, re.MULTILINE)
        assert shown.strip('"') in (str(value), f"{value:g}" if isinstance(value, float) else ""), field


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
    links = re.findall(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text())
    targets = [((page.parent / path).resolve() if path else page, anchor) for path, anchor in links]
    assert not [path for path, _ in targets if not path.exists()]
    assert not [(path.name, anchor) for path, anchor in targets if anchor and anchor not in _anchors(path)]


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs/index.md").read_text()
    missing = [page.name for page in PAGES[1:] if page.name != "index.md" and f"]({page.name})" not in index]
    assert not missing


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


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
