from __future__ import annotations

import pytest

from smallweb.periodic.exceptions import UnsafeAttribute
from smallweb.periodic.html.attributes import (
    check_attribute_name,
    check_attribute_target,
    check_attribute_value,
    escape_attribute,
    set_attributes,
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", ["title", "data-x", "aria-label", "viewBox", "xlink:href", "x_y.z", "value"])
def test_ordinary_names_pass(name: str) -> None:
    check_attribute_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "onclick",
        "ONLOAD",
        "on",
        "style",
        "Style",
        "srcdoc",
        "id",
        "is",
        "http-equiv",
        "xmlns",
        "xmlns:xlink",
        "nonce",
        "attributeName",
        "sandbox",
        "",
        " title",
        "a b",
        "a=b",
        "a>",
        "a/b",
        "\u00e9",
        "1a",
        "a\n",
        '"',
        "onclick\0",
    ],
)
def test_names_that_are_none_or_run_code_are_refused(name: str) -> None:
    with pytest.raises(UnsafeAttribute):
        check_attribute_name(name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "/a?b=c:d",
        "#top",
        "?q=a:b",
        "//host/path",
        "https://host",
        "HTTP://host",
        "mailto:a@b",
        "tel:1",
        "./javascript:x",
        " https://host ",
    ],
)
def test_harmless_urls_pass(url: str) -> None:
    check_attribute_value("href", url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x",
        "JavaScript:x",
        " javascript:x",
        "java\tscript:x",
        "java\nscript:x",
        "\x01javascript:x",
        "vbscript:x",
        "data:text/html,x",
        "blob:x",
        "file:///etc/passwd",
        "javascript\t:x",
        "\u00a0javascript:x",
        "view-source:x",
        "java\0script:x",
        "\ufeffjavascript:x",
    ],
)
@pytest.mark.parametrize(
    "name", ["href", "SRC", "action", "formaction", "poster", "cite", "data", "xlink:href", "to"]
)
def test_urls_of_other_schemes_are_refused(name: str, url: str) -> None:
    with pytest.raises(UnsafeAttribute):
        check_attribute_value(name, url)


def test_each_url_of_a_list_is_looked_at() -> None:
    check_attribute_value("srcset", "a.png 1x, https://b/c.png 2x")
    for name, value in (
        ("srcset", "a.png 1x,data:x 2x"),
        ("ping", "/a javascript:x"),
        ("values", "a; javascript:x"),
    ):
        with pytest.raises(UnsafeAttribute):
            check_attribute_value(name, value)


def test_what_is_no_url_may_hold_colons() -> None:
    check_attribute_value("title", "javascript:x")


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("<script id=x>", "src"),
        ("<script id=x>", "type"),
        ("<base id=x>", "href"),
        ("<link id=x>", "href"),
        ("<object id=x>", "data"),
        ("<embed id=x>", "src"),
        ("<meta id=x http-equiv=refresh>", "content"),
    ],
)
def test_attributes_that_decide_what_the_page_runs_are_refused(tag: str, name: str) -> None:
    with pytest.raises(UnsafeAttribute):
        check_attribute_target(tag.encode(), tag[1:].split()[0].encode(), name)


def test_harmless_attributes_of_the_same_elements_pass() -> None:
    check_attribute_target(b"<script id=x>", b"script", "data-value")
    check_attribute_target(b"<meta id=x name=description>", b"meta", "content")
    check_attribute_target(b"<img id=x>", b"img", "src")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<p>", '<p title="V">'),
        ("<p/>", '<p title="V"/>'),
        ("<p id=x>", '<p title="V" id=x>'),
        ('<p title="a" b>', '<p title="V" b>'),
        ("<p title='a' b>", "<p title='V' b>"),
        ("<p title=a b>", '<p title="V" b>'),
        ("<p title=a>", '<p title="V">'),
        ("<p title=a/>", '<p title="V">'),
        ("<p title>", '<p title="V">'),
        ("<p title= >", '<p title="V">'),
        ("<p title=>", '<p title="V">'),
        ("<p TITLE = 'a'\n b>", "<p TITLE = 'V'\n b>"),
        ("<p title=a title=b>", '<p title="V" title=b>'),
        ("<p/title/x>", '<p/title="V"/x>'),
        ('<p title="a"b=c>', '<p title="V"b=c>'),
        ("<p data-title=a x='title=b'>", "<p title=\"V\" data-title=a x='title=b'>"),
    ],
)
def test_one_value_changes_and_the_rest_of_the_tag_stays(tag: str, expected: str) -> None:
    assert set_attributes(tag.encode(), {b"title": b"V"}).decode() == expected


def test_several_attributes_change_at_once() -> None:
    assert (
        set_attributes(b"<p b='1' a=2>", {b"a": b"A", b"b": b"B", b"c": b"C"}) == b'<p c="C" b=\'B\' a="A">'
    )


def test_values_are_escaped_for_their_quotes() -> None:
    assert (
        escape_attribute("a'b\"<&>\r\u20ac\0", "iso8859-2", quote=b'"')
        == b"a'b&quot;&lt;&amp;&gt;&#13;&#8364;&#65533;"
    )
    assert escape_attribute("a'b\"", "utf-8", quote=b"'") == b'a&#39;b"'
