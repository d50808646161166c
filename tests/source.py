"""The repository's source as the tests about it see it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SUITE = ROOT / "apps"


class Import(NamedTuple):
    """One imported module or name, as a dotted name from the top (relative imports made absolute)."""

    name: str
    line: int


def tracked_files() -> list[Path]:
    """Return every file that git tracks or would add, links aside."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def python_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py"]


def suite_files() -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(SUITE)]


def app_names() -> list[str]:
    """Return the names of the suite's apps, core among them."""
    return sorted(path.name for path in SUITE.iterdir() if (path / "__init__.py").exists())


def module_parts(path: Path) -> tuple[str, ...]:
    """Return where a file of the suite stands: apps/core/conf.py is ("smallweb", "core", "conf")."""
    parts = ("smallweb", *path.relative_to(SUITE).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports_of(path: Path) -> Iterator[Import]:
    """Yield what a file of the suite imports at run time, inside functions too."""
    package = module_parts(path) if path.name == "__init__.py" else module_parts(path)[:-1]
    for node in _walk_runtime(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = (*base, *(node.module or "").split(".")) if node.module else base
            yield from (Import(".".join((*base, alias.name)), node.lineno) for alias in node.names)


def _walk_runtime(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield from _walk_runtime(child)
