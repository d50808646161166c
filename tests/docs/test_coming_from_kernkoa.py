"""kernkoa's examples, translated: what the docs show is what the acceptance tests call, and answers so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.test import AsyncClient

from tests.docs.served_page import Shown, controllers_on, controllers_served, curls_on, send
from tests.snippets import Snippet
from tests.source import ROOT

pytestmark = pytest.mark.once

PAGE = ROOT / "docs/coming-from-kernkoa.md"
TESTED = ROOT / "tests/host/controllers"


@pytest.fixture
def _the_page() -> Iterator[None]:
    with controllers_served(PAGE):
        yield


@pytest.mark.parametrize(("library", "shown"), list(controllers_on(PAGE)))
def test_the_page_shows_what_is_tested(library: str, shown: Snippet) -> None:
    tested = (TESTED / f"{library}.py").read_text()
    assert _classes(shown.text) == _classes(tested.replace("sleep(0.3)", "sleep(2)"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_the_page")
@pytest.mark.parametrize("shown", curls_on(PAGE), ids=lambda shown: f"line {shown.line} {shown.command}")
async def test_curl_prints_what_is_shown(async_client: AsyncClient, shown: Shown) -> None:
    response = await send(async_client, shown.command)
    assert response.content.decode() + "\n" == shown.output


def test_every_feature_has_its_row() -> None:
    rows = (ROOT / "docs/seeds.md").read_text()
    assert [f"K{number}" for number in range(1, 24)] == [
        line.split()[1] for line in rows.splitlines() if line.startswith("| K")
    ]


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(arg=node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


def _classes(source: str) -> list[str]:
    tree = _WithoutAnnotations().visit(ast.parse(source))
    return [ast.unparse(node) for node in tree.body if isinstance(node, ast.ClassDef)]
