"""The rules of the house that a reader could break without noticing."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import (
    ROOT,
    app_names,
    imports_of,
    module_parts,
    python_files,
    suite_files,
    tracked_files,
)

pytestmark = pytest.mark.once

# Inside an app a file imports files of its own rank and of lower ones; a role that is not named is free.
RANKS = {
    "exceptions": 0, "conf": 0, "registry": 0,
    "models": 1,
    "services": 2,
    "views": 3, "consumers": 3, "tasks": 3, "admin": 3, "management": 3,
}  # fmt: skip

# Spelt in pieces, because this file is read too.
_HOSTS = ["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)", "deb" + r"\.debian\.org"]
FORBIDDEN = {
    "names the host of a package registry": re.compile("|".join(_HOSTS)),
    "holds a path of one machine": re.compile(
        r"(?<![\w.~$}])/(?:work|root|farm)/\w|/home/(?!user\b|me\b|you\b)\w+/"
    ),
    "names an issue of its own by number": re.compile(
        r"(?<!'s )\b(?:issue|fixes|closes) #?\d+\b", re.IGNORECASE
    ),
    "leaves work for later": re.compile("|".join([r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bX" + r"XX\b"])),
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_an_app_imports_itself_and_core_only() -> None:
    wrong = []
    for path in suite_files():
        own = module_parts(path)[1:2]
        for imported in imports_of(path):
            top, *rest = imported.name.split(".")
            if top == "smallweb" and rest and rest[0] in app_names() and rest[0] not in (*own, "core"):
                wrong.append(f"{_name(path)}:{imported.line} imports {imported.name}")
            if top == "smallweb_project":
                wrong.append(f"{_name(path)}:{imported.line} imports the project")
    assert not wrong, "\n".join(wrong)


def test_imports_inside_the_suite_are_relative() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path in suite_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("smallweb")
        )
        or (isinstance(node, ast.Import) and any(alias.name.startswith("smallweb") for alias in node.names))
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_imported_under_the_name_of_the_source_folder() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] == "apps"
        )
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "apps" for alias in node.names))
    ]
    assert not wrong, f"The import name is smallweb, not apps: {wrong}"


def test_inside_an_app_edges_stand_on_services_and_services_on_models() -> None:
    wrong = []
    for path in suite_files():
        _, *inside = module_parts(path)
        if len(inside) < 2 or inside[1] not in RANKS:
            continue
        for imported in imports_of(path):
            parts = imported.name.split(".")
            same_app = parts[:2] == ["smallweb", inside[0]] and len(parts) > 2
            if same_app and RANKS.get(parts[2], 0) > RANKS[inside[1]]:
                wrong.append(f"{_name(path)}:{imported.line} imports {imported.name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("app", app_names())
def test_importing_an_app_needs_no_settings_and_no_models(app: str) -> None:
    code = f"import sys, smallweb.{app}; sys.exit('smallweb.{app}.models' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "typings")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr or f"smallweb.{app} imports its models"


@pytest.mark.parametrize("app", app_names())
def test_an_app_stands_alone_with_core(app: str, tmp_path: Path) -> None:
    settings = (
        "from tests.settings import *\n"
        f"wanted = ['smallweb.core', 'smallweb.{app}']\n"
        "INSTALLED_APPS = [a for a in INSTALLED_APPS if a[:9] != 'smallweb.' or a in wanted]\n"
        "INSTALLED_APPS += [a for a in wanted if a not in INSTALLED_APPS]\n"
        "DATABASES['default'] = {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'alone.sqlite3',\n"
        "    'OPTIONS': {'init_command': 'PRAGMA synchronous=OFF'}}\n"
        "ROOT_URLCONF = 'alone_urls'\n"
    )
    (tmp_path / "alone_settings.py").write_text(settings)
    (tmp_path / "alone_urls.py").write_text("urlpatterns = []\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT / "typings"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "alone_settings"}
    code = (
        "import django; django.setup(); from django.core.management import call_command as call\n"
        "call('migrate', verbosity=0); call('check'); call('makemigrations', check=True, dry_run=True)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        _name(path): lines
        for path in python_files()
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long, f"Split by concept: {long}"


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node) > 60
    ]
    assert not long, "\n".join(long)


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines from the name to the end, the docstring left out."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    words = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - words


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_no_file(fault: str) -> None:
    found = []
    for path in tracked_files():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{_name(path)}:{number}" for number, line in enumerate(lines, 1) if FORBIDDEN[fault].search(line)
        ]
    assert not found, f"{fault}: {', '.join(found)}"
