from __future__ import annotations

import re
from typing import Any

import pytest

from smallweb.core.admin.shown_json import MAX_SHOWN, json_block, progress_cell, shortened

pytestmark = pytest.mark.once
EMPTY = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("progress", "value", "words"),
    [
        (0, "0", "0 %"),
        (0.424, "0.424", "42 %"),
        (0.999, "0.999", "99 %"),
        (0.29, "0.29", "29 %"),
        (1, "1", "100 %"),
        (7, "1", "100 %"),
        (-2.5, "0", "0 %"),
        ({"number": 0.5, "page": 3, "of": "six"}, "0.5", "50 % page: 3, of: six"),
        ({"percent": 25}, "0.25", "25 %"),
        ({"percent": 50, "token": "abc"}, "0.5", "50 % token: \N{BULLET}\N{BULLET}\N{BULLET}"),
    ],
)
def test_a_number_is_a_bar_with_its_words(progress: Any, value: str, words: str) -> None:
    cell = progress_cell(progress)
    assert re.findall(r'<progress max="1" value="([^"]*)" aria-label="progress">', cell) == [value]
    assert re.sub(r"<[^>]*>", "", cell).strip() == words


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (None, EMPTY), ({}, EMPTY), ("", EMPTY), ("half way", "half way"), (True, "true"),
        ({"number": True}, "number: true"), ([1, 2], "[1, 2]"), ({"a": [1]}, "{&quot;a&quot;: [1]}"),
        ("<b>", "&lt;b&gt;"), ("x" * 100, "x" * 79 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)  # fmt: skip
def test_any_other_json_is_a_short_text(progress: Any, words: str) -> None:
    assert progress_cell(progress) == words


def test_json_is_shown_indented_without_its_secrets() -> None:
    assert json_block(None) == json_block({}) == EMPTY
    shown = json_block({"to": "<ann>", "password": "hunter2"})
    assert "&lt;ann&gt;" in shown
    assert "hunter2" not in shown
    assert json_block(0) == '<pre class="smallweb-block" tabindex="0">0</pre>'


def test_json_that_is_too_long_is_cut_and_says_so() -> None:
    shown = json_block("x" * (MAX_SHOWN * 2))
    assert len(shown) < MAX_SHOWN + 200
    assert f"{MAX_SHOWN * 2 + 2} characters in all" in shown


def test_texts_are_shortened() -> None:
    assert shortened("") == EMPTY
    assert shortened("abc", length=3) == "abc"
    assert shortened("abcd", length=3) == "ab\N{HORIZONTAL ELLIPSIS}"
