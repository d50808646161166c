from __future__ import annotations

import pytest

from smallweb.periodic.exceptions import (
    PageNotDecodable,
    PageNotParsable,
    TagHoldsNoText,
    TagNotFound,
    UnbalancedFragment,
    UnsafeAttribute,
    UnsafeTarget,
    ValueOfWrongType,
)
from smallweb.periodic.html import Edit, rewrite

pytestmark = pytest.mark.once


def rewritten(page: str, *edits: Edit) -> str:
    result = rewrite(page.encode(), edits)
    assert not result.refused, result.refused
    assert result.edited == set(range(len(edits)))
    return result.page.decode()


def test_the_whole_page_is_serialised_anew() -> None:
    assert (
        rewritten("<p  id=x class='a'>old<br></p>", Edit("x", "text", "a < b"))
        == '<p class="a" id="x">a &lt; b</p>'
    )


def test_tags_that_a_splice_refuses_are_edited() -> None:
    assert rewritten("<div id=x><b>open</div>", Edit("x", "text", "new")) == '<div id="x">new</div>'


def test_the_encoding_its_declaration_and_the_mark_stay() -> None:
    page = "<meta charset=iso-8859-1><p id=x>\u00e9</p>".encode("latin-1")
    assert rewrite(page, [Edit("x", "text", "\u00fc\u65e5")]).page == (
        b'<meta charset="iso-8859-1"/><p id="x">\xfc&#26085;</p>'
    )
    equivalent = b"<meta http-equiv=content-type content='text/html; charset=iso-8859-1'><p id=x>\xe9</p>"
    assert b"charset=iso-8859-1" in rewrite(equivalent, [Edit("x", "text", "a")]).page
    assert rewritten("\ufeff<p id=x>a</p>b\r\nc", Edit("x", "text", "b")) == '\ufeff<p id="x">b</p>b\r\nc'


def test_styles_and_attributes_are_set() -> None:
    page = "<p id=x style='top:1px; color:red'>a</p>"
    assert 'style="top:1px; color:blue"' in rewritten(page, Edit("x", "style", {"color": "blue"}))
    assert 'style="color: blue"' in rewritten(page, Edit("x", "style", {"color": "blue"}, replace=True))
    assert "style='--a: \"b\"'" in rewritten("<p id=x>a</p>", Edit("x", "style", {"--a": '"b"'}))
    assert 'title="a &amp; b"' in rewritten("<p id=x>a</p>", Edit("x", "attribute", "a & b", "Title"))


def test_html_is_inserted_as_elements() -> None:
    assert rewritten("<p id=x>a</p>", Edit("x", "html", "<b>b</b> c")) == '<p id="x"><b>b</b> c</p>'


def test_edits_are_made_in_turn() -> None:
    edits = [Edit("x", "text", "first"), Edit("x", "text", "second")]
    assert rewritten("<p id=x>a</p>", *edits) == '<p id="x">second</p>'


def test_the_first_element_outside_of_templates_is_the_one() -> None:
    page = "<template><p id=x>t</p></template><p id=x>a</p>"
    assert rewritten(page, Edit("x", "text", "b")) == '<template><p id="x">t</p></template><p id="x">b</p>'


@pytest.mark.parametrize(
    ("page", "edit", "error"),
    [
        ("<p>a</p>", Edit("x", "text", "b"), TagNotFound),
        ("<textarea><p id=x></textarea>", Edit("x", "text", "b"), TagNotFound),
        ("<script id=x>a</script>", Edit("x", "text", "b", force=True), UnsafeTarget),
        ("<input id=x>", Edit("x", "text", "b"), TagHoldsNoText),
        ("<p id=x>a</p>", Edit("x", "html", "<b>"), UnbalancedFragment),
        ("<p id=x>a</p>", Edit("x", "attribute", "b", "onclick"), UnsafeAttribute),
        ("<script id=x></script>", Edit("x", "attribute", "b", "src"), UnsafeAttribute),
        ("<meta id=x http-equiv=refresh>", Edit("x", "attribute", "b", "content"), UnsafeAttribute),
        ("<p id=x>a</p>", Edit("x", "text", {}), ValueOfWrongType),
        ('<p id=x>a</p><a x="', Edit("x", "text", "b"), PageNotParsable),
        ("<meta charset=utf-8><p id=x>\udce9</p>", Edit("x", "text", "b"), PageNotDecodable),
    ],
)
def test_a_page_without_a_possible_edit_stays_as_it_is(page: str, edit: Edit, error: type[Exception]) -> None:
    content = page.encode("utf-8", "surrogateescape")
    result = rewrite(content, [edit])
    assert result.page == content
    assert not result.changed
    assert isinstance(result.refused[0], error)


def test_a_tag_that_an_earlier_edit_removed_is_not_found() -> None:
    result = rewrite(b"<div id=o><p id=i>a</p></div>", [Edit("o", "text", "b"), Edit("i", "text", "c")])
    assert result.page == b'<div id="o">b</div>'
    assert isinstance(result.refused[1], TagNotFound)


def test_what_no_page_holds_becomes_the_replacement_character() -> None:
    assert rewritten("<p id=x>a</p>", Edit("x", "text", "a\0\ud800")) == '<p id="x">a\ufffd\ufffd</p>'
