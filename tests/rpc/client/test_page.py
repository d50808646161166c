"""The functions that the docs show do what they say, on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rpc.client.site import Site
from tests.snippets import snippets_of
from tests.source import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def page() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for snippet in snippets_of(ROOT / "docs/python-client.md"):
        if snippet.language == "python":
            exec(snippet.text, names)
    return names


async def test_the_asynchronous_ones(page: dict[str, Any], site: Site) -> None:
    assert await page["visit"](site.url) == 9
    assert await page["bake"](site.url, 3) == "done"
    assert await page["first_squares"](site.url) == [0, 1, 4]
    assert await page["add_up"](site.url) == [1, 2, 3]
    assert await page["headlines"](site.url, 1) == ["news/local: The bakery opens on Sunday"]


def test_the_synchronous_ones(page: dict[str, Any], site: Site) -> None:
    assert page["visit_now"](site.url) == 9
    assert page["next_headline"](site.url).channel == "news/local"
