from __future__ import annotations

import pytest

from smallweb.periodic.exceptions import UnsafeStyle
from smallweb.periodic.html.styles import StyleValue, check_declaration, merge_style, new_style

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("color", "red"),
        ("width", 3),
        ("opacity", 0.5),
        ("--level", "12%"),
        ("-webkit-mask", "none"),
        ("background", "url(a.png) no-repeat"),
        ("background", "url('https://host/a(b).png')"),
        ("width", "calc((1px + 2%) * 3)"),
        ("font-family", "'A B', \"C\""),
        ("color", "red !important"),
        ("grid-template-areas", "[a b]"),
        ("color", None),
        ("color", ""),
    ],
)
def test_plain_declarations_pass(name: str, value: StyleValue) -> None:
    check_declaration(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("color", "red; position: fixed"),
        ("color", "red}"),
        ("color", "{"),
        ("color", "</style>"),
        ("color", "<!--"),
        ("color", "/* open"),
        ("color", "\\72 ed"),
        ("color", "a\nb"),
        ("color", "a\0b"),
        ("width", "expression(alert(1))"),
        ("width", "EXPRESSION (1)"),
        ("background", "url(javascript:x)"),
        ("background", "url( 'JAVA\u00a0SCRIPT:x')"),
        ("background", "url(data:image/png,x)"),
        ("background", 'url("data:x")'),
        ("background", "url(a.png"),
        ("content", '"open'),
        ("content", "'open"),
        ("color", "a)"),
        ("color", "(a]"),
        ("color", "@import x"),
        ("behavior", "a"),
        ("-moz-binding", "a"),
        ("col or", "red"),
        ("color:", "red"),
        ("", "red"),
        ("--", "red;"),
        ("1a", "red"),
        ("c\u00f6lor", "red"),
    ],
)
def test_declarations_that_run_load_or_break_out_are_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeStyle):
        check_declaration(name, value)


@pytest.mark.parametrize(
    ("old", "changes", "expected"),
    [
        ("", {"a": "1"}, "a: 1"),
        ("b:2", {"a": "1"}, "b:2; a: 1"),
        ("b:2;", {"a": "1"}, "b:2; a: 1"),
        ("b:2; ", {"a": "1"}, "b:2; a: 1"),
        ("a:2;b : 3 ;", {"b": 4}, "a:2;b : 4 ;"),
        ("A: 2", {"a": "1"}, "A: 1"),
        ("--A: 2", {"--a": "1"}, "--A: 2; --a: 1"),
        ("a:1;b:2;a:3", {"a": "4"}, "b:2;a:4"),
        ("a:1;b:2;c:3", {"b": None}, "a:1;c:3"),
        ("a:1", {"a": ""}, ""),
        ("a:1", {"b": None}, "a:1"),
        ("b:url(x;y);c:'a;b'", {"a": "1"}, "b:url(x;y);c:'a;b'; a: 1"),
        ("/* a:0; */ b:2;/* end */", {"a": "1"}, "/* a:0; */ b:2;/* end */ a: 1"),
        ("font:&quot;A;B&quot;;c:3", {"font": "x"}, "font:x;c:3"),
        ("font:&quot;A;B&quot;", {"c": "3"}, "font:&quot;A;B&quot;; c: 3"),
        ("b:2&#59;c:3", {"b": "x"}, "b:x&#59;c:3"),
        ("b:2&semi;", {"c": "3"}, "b:2&semi; c: 3"),
        ("c:'\\';'", {"a": "1"}, "c:'\\';'; a: 1"),
        ("\u00e9:1;;broken;", {"a": "1"}, "\u00e9:1;;broken; a: 1"),
        ("a:1 !important", {"a": "2"}, "a:2"),
    ],
)
def test_declarations_are_merged_and_the_bytes_of_the_others_stay(
    old: str, changes: dict[str, StyleValue], expected: str
) -> None:
    assert merge_style(old.encode(), changes, "utf-8", quote=b'"').decode() == expected


@pytest.mark.parametrize("old", ["a:'b", 'a:"b', "a:(b", "a:/* b", "a:b)", "a:'b\\", "a:/*/"])
def test_a_style_that_would_swallow_the_next_declaration_is_refused(old: str) -> None:
    with pytest.raises(UnsafeStyle, match="replace all of it"):
        merge_style(old.encode(), {"c": "1"}, "utf-8", quote=b'"')


def test_quotes_of_values_are_escaped_for_the_quotes_around_them() -> None:
    assert new_style({"font": "\"A\" 'B'", "top": None}, "utf-8", quote=b'"') == b"font: &quot;A&quot; 'B'"
    assert merge_style(b"", {"font": "\"A\" 'B'"}, "utf-8", quote=b"'") == b'font: "A" &#39;B&#39;'
