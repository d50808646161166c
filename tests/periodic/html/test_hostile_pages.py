"""Pages made to be slow take linear time.

Steps are counted in executed lines; what runs inside of expressions is bounded so generously that
only a square fails.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from smallweb.periodic.html import Edit, apply_edits, clean_fragment

pytestmark = pytest.mark.once

HOSTILE: dict[str, tuple[str, str]] = {
    "open quotes": ("", '<a x="'),
    "open comments": ("", "<!--"),
    "comments ended oddly": ("", "<!--x--!>"),
    "nested blocks": ("", "<div>"),
    "paragraphs": ("", "<p>"),
    "nested formatting": ("", "<b><i>"),
    "overlapping formatting": ("", "<b><p></b>"),
    "links": ("", "<a><div>"),
    "links below a barrier": ("<a><object>" + "<span>" * 100, "<a></a>"),
    "paragraphs below a barrier": ("<p><button>" + "<span>" * 100, "<div></div>"),
    "list items below a barrier": ("<li><object>" + "<span>" * 100, "<li></li>"),
    "end tags of nothing": ("<span>" * 500, "</b></i></li></td>"),
    "open scripts": ("", "<script>"),
    "scripts": ("", "<script><!--<script></script>"),
    "half tags": ("", "<a"),
    "bogus comments": ("", "<!x"),
    "cdata": ("<svg>", "<![CDATA["),
    "tables": ("", "<table><tr><td>"),
    "tables without cells": ("", "<table>"),
    "selects": ("", "<select><option>"),
    "attributes": ("<p ", "a=b id "),
    "references": ("<p id='", "&amp;&#x41;&copy"),
    "noscript": ("<div id=t>" + "<div>" * 10, "<noscript><img></noscript>"),
    "ends of the page": ("", "<div></body>"),
    "svg": ("", "<svg><desc>"),
    "forms": ("", "<form></form>"),
    "less-than signs": ("", "<"),
    "white space": ("<p id=t>", " "),
}
EDITS = [Edit("t", "text", "a"), Edit("missing", "text", "b")]


def _page(name: str, size: int) -> bytes:
    before, piece = HOSTILE[name]
    return (before + piece * size).encode()


def _executed_lines(work: Callable[[], object]) -> int:
    lines = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_page_takes_at_most_about_twice_the_steps(name: str) -> None:
    def steps(size: int) -> int:
        page = _page(name, size)
        return _executed_lines(lambda: apply_edits(page, EDITS))

    assert steps(800) < 2.5 * steps(400) + 2000


@pytest.mark.parametrize("name", HOSTILE)
def test_fifty_thousand_pieces_take_no_square_of_time(name: str) -> None:
    page = _page(name, 50_000)
    started = time.process_time()
    apply_edits(page, EDITS)
    assert time.process_time() - started < 30, "linear time is below a second, a square is many minutes"


def test_tags_below_the_deepest_level_are_refused_and_the_others_edited() -> None:
    page = b"<p id=t>a</p>" + b"<div>" * 20_000 + b"<p id=missing>b</p>"
    result = apply_edits(page, EDITS)
    assert result.page == page.replace(b">a<", b">a<")
    assert "nested deeper than 512" in str(result.refused[1])


def test_a_thousand_edits_take_about_ten_times_the_steps_of_a_hundred() -> None:
    def steps(count: int) -> int:
        page = b"".join(b"<p id=i%d>a</p>" % number for number in range(count))
        edits = [Edit(f"i{number}", "text", "b") for number in range(count)]
        return _executed_lines(lambda: apply_edits(page, edits))

    assert steps(1000) < 12 * steps(100)


def test_many_styles_in_one_attribute_take_linear_steps() -> None:
    def steps(count: int) -> int:
        page = b"<p id=t style='" + b"a:b;/*&amp;*/ " * count + b"'>a</p>"
        return _executed_lines(lambda: apply_edits(page, [Edit("t", "style", {"color": "red"})]))

    assert steps(2000) < 2.5 * steps(1000)


def test_a_hostile_style_takes_no_square_of_time() -> None:
    started = time.process_time()
    for piece in ("/*", '"', "(", " ", "a ", "\\", "&amp", "url(", "'\\"):
        page = f'<p id=t style="{piece.replace(chr(34), "&quot;") * 50_000}">a</p>'.encode()
        apply_edits(
            page, [Edit("t", "style", {"color": "red"}), Edit("t", "style", {"color": piece * 10_000})]
        )
    assert time.process_time() - started < 60, "linear time is about a second, a square is many minutes"


def test_a_balanced_fragment_of_any_length_takes_linear_steps() -> None:
    assert _executed_lines(lambda: clean_fragment("<b>a</b>" * 2000)) < 2.5 * _executed_lines(
        lambda: clean_fragment("<b>a</b>" * 1000)
    )
