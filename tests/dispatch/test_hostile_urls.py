"""10,000 hostile URLs in process, 100,000 at night: a path is a key, and what is no key reaches nothing."""

from __future__ import annotations

import os
import random
import sys
from urllib.parse import unquote_to_bytes

import pytest
from django.urls import Resolver404, resolve

from smallweb.dispatch.registry import Endpoint, endpoints
from tests.dispatch.hostile_urls import KNOWN_ATTACKS, hostile_paths

pytestmark = pytest.mark.once

COUNT = 100_000 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 10_000


def reachable_paths() -> set[str]:
    """Return all paths that reach a method, by the rules of the docs."""
    methods = {endpoint.name for endpoint in endpoints if endpoint.is_public}
    classes = {name.removesuffix("/index") for name in methods if name.endswith("/index")}
    return methods | classes | ({""} if "index/index/index" in methods else set())


def reached(path: str) -> Endpoint | None:
    try:
        match = resolve(f"/{path}")
    except Resolver404:
        return None
    found = match.kwargs.get("endpoint")
    return found if isinstance(found, Endpoint) else None


def test_only_keys_of_the_registry_are_reached() -> None:
    seed = random.randrange(2**32)
    known, modules, places = reachable_paths(), set(sys.modules), list(sys.path)
    hits = 0
    for sent in hostile_paths(sorted(known), count=COUNT, seed=seed):
        # As servers decode it: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
        path = unquote_to_bytes(sent.partition("?")[0]).decode("utf-8", "replace")
        found = reached(path)
        assert (found is not None) == (path in known), f"{path!r} (seed {seed})"
        if found is not None:
            assert found.name in (path, f"{path}/index", f"{path}index/index/index")
            hits += 1
    assert 0 < hits < COUNT / 5, "nearly all must be changed, and some must be the same path in other words"
    assert (set(sys.modules), sys.path) == (modules, places), "a URL made something be imported"


def test_no_attack_on_servers_that_import_by_url_reaches_anything() -> None:
    for sent in KNOWN_ATTACKS:
        assert reached(unquote_to_bytes(sent.partition("?")[0]).decode()) is None


def test_the_plain_paths_are_reached() -> None:
    for path in reachable_paths():
        assert reached(path) is not None
