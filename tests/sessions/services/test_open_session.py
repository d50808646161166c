"""From a query string to an instance."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from smallweb.sessions.registry import describe_app
from smallweb.sessions.services.open_session import _key, init_of, template_of
from tests.sessions import gui

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "query, args, kwargs",
    [
        ("", [], {}),
        ("a&b=1&c=", ["a"], {"b": "1", "c": None}),
        ("b=1&b=2&b=3", [], {"b": "3"}),
        ("b=1&b=", [], {"b": None}),
        ("a&a", ["a", "a"], {}),
        ("&&a&", ["a"], {}),
        ("a=b=c", [], {"a": "b=c"}),
        ("a=%20x+y", [], {"a": " x y"}),
        ("a%20b", ["a b"], {}),
    ],
)
def test_a_query_is_what_init_is_given(query: str, args: list[str], kwargs: dict[str, Any]) -> None:
    assert init_of(query) == (args, kwargs)


def key(app: Any, query: str = "") -> str:
    return _key(app, template_of(app), init_of(query))


def test_another_query_is_another_instance() -> None:
    app = describe_app("a", gui.Counter)
    assert key(app, "a&b=1") == key(app, "a&b=1")
    assert key(app, "a") != key(app, "b")


def test_another_class_of_the_same_name_is_another_instance() -> None:
    assert key(describe_app("a", gui.Shared)) != key(describe_app("a", gui.Other))


@pytest.mark.parametrize("options", [{"debug": True}, {"methods": "any"}, {"path": ["elsewhere"]}])
def test_options_that_make_another_app_make_another_instance(options: dict[str, Any]) -> None:
    assert key(describe_app("a", gui.Counter)) != key(describe_app("a", gui.Counter, **options))


def test_a_changed_file_is_another_instance(tmp_path: Path) -> None:
    (tmp_path / "some_app.py").write_text("")
    app = describe_app("a", "some_app:App", path=[tmp_path])
    before = key(app)
    assert key(app) == before
    (tmp_path / "some_app.py").touch()
    assert key(app) != before


def test_a_template_finds_what_this_process_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", "/elsewhere"])
    assert template_of(describe_app("a", gui.Counter, path=["first"])).path == (
        "first",
        str(Path.cwd()),
        "/elsewhere",
    )


def test_another_interpreter_has_its_own_path() -> None:
    app = describe_app("a", "mod:App", python="other/python", path=["first"])
    spec = template_of(app)
    assert (spec.python, spec.path) == ("other/python", ("first",))
