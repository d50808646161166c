from __future__ import annotations

from collections.abc import Sequence

import pytest

from smallweb.periodic.exceptions import (
    PageNotDecodable,
    PageNotParsable,
    PeriodicError,
    TagHoldsNoText,
    TagNotFound,
    TagNotSelfContained,
    TagOverwritten,
    UnbalancedFragment,
    UnsafeAttribute,
    UnsafeStyle,
    UnsafeTarget,
    ValueNotEncodable,
    ValueOfWrongType,
)
from smallweb.periodic.html import Edit, EditKind, apply_edits

pytestmark = pytest.mark.once

SPAN = b"<!doctype html><p id=x class='a'>old</p>\r\n<i>tail</i>"


def text(tag_id: str, value: str) -> Edit:
    return Edit(tag_id, "text", value)


def edited(page: bytes, *edits: Edit) -> bytes:
    result = apply_edits(page, edits)
    assert not result.refused, result.refused
    return result.page


def refusal(page: bytes, edit: Edit) -> PeriodicError:
    result = apply_edits(page, [edit])
    assert result.page == page
    assert not result.changed
    assert not result.edited
    return result.refused[0]


def test_the_content_of_a_tag_is_replaced_and_every_other_byte_stays() -> None:
    result = apply_edits(SPAN, [text("x", "new")])
    assert result.page == SPAN.replace(b"old", b"new")
    assert result.changed
    assert result.edited == {0}


def test_a_value_that_stands_there_already_changes_nothing() -> None:
    result = apply_edits(SPAN, [text("x", "old")])
    assert result.page == SPAN
    assert not result.changed
    assert result.edited == {0}


def test_no_edits_give_the_same_page() -> None:
    assert apply_edits(SPAN, []).page == SPAN


def test_text_is_shown_as_it_is_and_never_becomes_markup() -> None:
    assert b'>&lt;b onclick=x&gt; &amp;amp; "</p>' in edited(SPAN, text("x", '<b onclick=x> &amp; "'))


def test_characters_that_no_page_holds_become_the_replacement_character() -> None:
    assert ">a\ufffdb\ufffd&#13;</p>".encode() in edited(SPAN, text("x", "a\0b\ud800\r"))


def test_a_page_keeps_its_encoding_and_its_mark() -> None:
    old = "<meta charset=windows-1252><p id=x>caf\u00e9</p>\u20ac".encode("cp1252")
    assert edited(old, text("x", "\u00e9 \u65e5")) == old.replace(b"caf\xe9", b"\xe9 &#26085;")
    marked = b"\xef\xbb\xbf<p id=x>a</p>"
    assert edited(marked, text("x", "\u00e9")) == "\ufeff<p id=x>\u00e9</p>".encode()


def test_ids_are_found_in_the_encoding_of_the_page_and_behind_references() -> None:
    page = "<meta charset=iso-8859-1><p id=caf\u00e9>a</p><p id='a&amp;b&#x20ac;&copy=1'>b</p>".encode(
        "cp1252"
    )
    new = edited(page, text("caf\u00e9", "1"), text("a&b\u20ac&copy=1", "2"))
    assert b">1</p>" in new
    assert b">2</p>" in new


def test_ids_are_case_sensitive_and_not_trimmed() -> None:
    assert isinstance(refusal(SPAN, text("X", "a")), TagNotFound)
    assert isinstance(refusal(b"<p id=' x'>a</p>", text("x", "a")), TagNotFound)


def test_the_first_element_outside_of_templates_is_the_one() -> None:
    page = b"<template><p id=x>t</p></template><p id=x>first</p><p id=x>second</p>"
    assert edited(page, text("x", "new")) == page.replace(b"first", b"new")


@pytest.mark.parametrize(
    "place",
    [
        "<!-- <p id=x>a</p> -->",
        "<script><p id=x>a</p></script>",
        "<textarea><p id=x>a</p></textarea>",
        "<a title='<p id=x>'>a</a>",
        "<template><p id=x>a</p></template>",
        "<noscript><p id=x>a</p></noscript>",
        "<![CDATA[<p id=x>]]>",
        "<p data-id=x>a</p>",
        "<tr id=x>a</tr>",
        "<form><form id=x>",
    ],
)
def test_what_is_no_element_is_not_found(place: str) -> None:
    error = refusal(place.encode(), text("x", "new"))
    assert isinstance(error, TagNotFound)
    assert str(error) == "No tag with id 'x' in the page; add one or correct the job's tag id."


@pytest.mark.parametrize(
    "name", ["script", "style", "iframe", "noscript", "noembed", "noframes", "xmp", "template"]
)
@pytest.mark.parametrize("kind", ["text", "html"])
def test_code_and_raw_text_are_never_a_target_even_by_force(name: str, kind: EditKind) -> None:
    for page in (f"<{name} id=x>a</{name}>", f"<svg><{name} id=x>a</{name}></svg>"):
        error = refusal(page.encode(), Edit("x", kind, "a", force=True))
        assert isinstance(error, UnsafeTarget)


def test_plaintext_is_never_a_target() -> None:
    assert isinstance(refusal(b"<plaintext id=x>a", Edit("x", "text", "b", force=True)), UnsafeTarget)


@pytest.mark.parametrize("name", ["option", "textarea", "title"])
def test_options_titles_and_textareas_take_text_but_no_html(name: str) -> None:
    page = f"<{name} id=x>old</{name}>".encode()
    assert edited(page, text("x", f"</{name}><b>")) == page.replace(
        b"old", f"&lt;/{name}&gt;&lt;b&gt;".encode()
    )
    assert isinstance(refusal(page, Edit("x", "html", "<b>a</b>", force=True)), UnsafeTarget)


@pytest.mark.parametrize("tag", ["<input id=x>", "<br id=x>", "<svg><circle id=x /></svg>", "<image id=x>"])
def test_elements_without_content_are_refused_even_by_force(tag: str) -> None:
    assert isinstance(refusal(tag.encode(), Edit("x", "text", "a", force=True)), TagHoldsNoText)


RISKY = [
    "<table id=x><tr><td>a</table>",
    "<table><tr id=x><td>a</table>",
    "<select id=x><option>a</select>",
    "<select><b id=x>a</b></select>",
    "<body id=x>a</body>",
    "<div id=x>never closed <p>all of the page",
    "<div id=x><b>open</div>",
    "<b><p id=x>a</b>b</p>",
    "<p><i>open<p id=x>a</p>",
    "<div id=x><form>a</div>",
    "<form id=x><div></form></div>",
    "<p id=x>a</body><b>more</b>",
    "<p id=x>a</body></p>",
    "<p id=x>a <a href='x",
    "<p id=x>a <!-- b",
    "<p id=x>a <script>b",
    "<title id=x>a",
    "<h1 id=x>a</h2>",
    "<div id=x><select><option>a</div>",
    "<div><select><option id=x>a</div>",
    "<a id=x><div><a>b</a></div></a>",
    "<div id=x><noscript><p></div></noscript></div>",
    "<p id=x>a<noscript><p>b</noscript>",
    "<frameset><p id=x>a</p></frameset>",
    "<object><b>a</object><p><div id=x><object></div>",
]


@pytest.mark.parametrize("page", RISKY)
def test_content_that_is_tied_to_its_surroundings_is_refused_with_the_reason(page: str) -> None:
    error = refusal(page.encode(), text("x", "new"))
    assert isinstance(error, TagNotSelfContained)
    assert "Mend the page, or set force on this tag." in str(error)
    forced = apply_edits(page.encode(), [Edit("x", "text", "new", force=True)])
    assert forced.edited == {0}
    assert b"new" in forced.page


SOUND = [
    ("<ul><li id=x>one<li>two</ul>", "one"),
    ("<p id=x>one <b>b</b>\n<p>two", "one <b>b</b>"),
    ("<p id=x>one\n</body>\n<!-- end --></html>\n", "one"),
    ("<table><tr><td id=x>a<b>open<td>b</table>", "a<b>open"),
    ("<div><div id=x>a<div>b</div></div></div>", "a<div>b</div>"),
    ("<a id=x>one</a><a>two</a>", "one"),
    ("<div id=x><a>one<a>two</a></div>", "<a>one<a>two</a>"),
    ("<p id=x>a<table><tr><td>b</table></p>", "a<table><tr><td>b</table>"),
    ("<svg><g id=x><circle r=4/></circle></g></svg>", "<circle r=4/></circle>"),
    ("<svg><text id=x>a</text><p>b</p></svg>", "a"),
    ("<math><annotation-xml encoding=text/html><p id=x>4<p>b</annotation-xml></math>", "4"),
    ("<DIV ID=x>a</Div\n>", "a"),
    ("<div id=x><noscript><img></noscript></div>", "<noscript><img></noscript>"),
    ("<div id=x><!-- </div> --></div>", "<!-- </div> -->"),
    ("<svg><g id=x><![CDATA[</g>]]></g></svg>", "<![CDATA[</g>]]>"),
    (
        "<div id=x><script><!-- <script></script> </div> --></script></div>",
        "<script><!-- <script></script> </div> --></script>",
    ),
    ("<dl><dt id=x>a<dd>b</dl>", "a"),
    ("<select><option id=x>a<option>b</select>", "a"),
    ("<ruby>a<rt id=x>4<rp>)</ruby>", "4"),
    ("<button><p id=x>a</button>", "a"),
    ("<nobr id=x>a</nobr>", "a"),
    ("<div id=x><template><td></div></template></div>", "<template><td></div></template>"),
    ("<head><title>t</title><p id=x>4</p>", "4"),
    ("<!doctype html><p id=x>a<table></table>", "a"),
]


@pytest.mark.parametrize(("page", "content"), SOUND)
def test_an_element_ends_where_browsers_end_it(page: str, content: str) -> None:
    assert edited(page.encode(), text("x", "@")).decode() == page.replace(content, "@", 1)


def test_a_line_feed_at_the_start_of_preformatted_text_is_kept() -> None:
    assert edited(b"<pre id=x>a</pre>", text("x", "\nb")) == b"<pre id=x>\n\nb</pre>"


def test_text_style_and_attribute_of_one_tag_change_together() -> None:
    new = edited(
        SPAN, text("x", "new"), Edit("x", "style", {"color": "red"}), Edit("x", "attribute", "t", "title")
    )
    assert new == SPAN.replace(
        b"<p id=x class='a'>old", b'<p title="t" style="color: red" id=x class=\'a\'>new'
    )


def test_of_two_texts_for_one_tag_the_later_one_wins() -> None:
    result = apply_edits(SPAN, [text("x", "first"), text("x", "second")])
    assert result.page == SPAN.replace(b"old", b"second")
    assert result.edited == {0, 1}


def test_a_refused_edit_spoils_no_other() -> None:
    edits = [
        text("gone", "a"),
        Edit("x", "attribute", "a()", "onclick"),
        text("x", "new"),
        Edit("x", "html", "</p>"),
    ]
    result = apply_edits(SPAN, edits)
    assert result.page == SPAN.replace(b"old", b"new")
    assert {position: type(error) for position, error in result.refused.items()} == {
        0: TagNotFound,
        1: UnsafeAttribute,
        3: UnbalancedFragment,
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_edit_inside_of_replaced_content_is_refused_whatever_the_order(order: Sequence[int]) -> None:
    page = b"<div id=out>a <i id=in>b</i></div><p id=next>c</p>"
    edits = [text("out", "O"), text("in", "I"), text("next", "N")]
    result = apply_edits(page, [edits[order[0]], edits[order[1]], edits[2]])
    assert result.page == b"<div id=out>O</div><p id=next>N</p>"
    (error,) = result.refused.values()
    assert isinstance(error, TagOverwritten)
    assert result.refused.keys() == {order.index(1)}


def test_an_edit_inside_of_an_element_whose_own_edit_is_refused_is_made() -> None:
    result = apply_edits(b"<table id=out><td><i id=in>b</i></table>", [text("out", "O"), text("in", "I")])
    assert result.page == b"<table id=out><td><i id=in>I</i></table>"


def test_attributes_around_an_edit_inside_are_set() -> None:
    page = b"<div id=out><i id=in>b</i></div>"
    assert edited(page, text("in", "I"), Edit("out", "attribute", "t", "title")) == (
        b'<div title="t" id=out><i id=in>I</i></div>'
    )


def test_html_goes_in_as_it_is() -> None:
    assert edited(SPAN, Edit("x", "html", "a <b>b</b> &eacute;<br>")) == SPAN.replace(
        b"old", b"a <b>b</b> &eacute;<br>"
    )


def test_html_that_the_page_cannot_encode_becomes_references_unless_it_is_code() -> None:
    page = b"<meta charset=windows-1252><p id=x>a</p>"
    assert edited(page, Edit("x", "html", "<b>\u65e5</b>")) == page.replace(b">a<", b"><b>&#26085;</b><")
    assert isinstance(refusal(page, Edit("x", "html", "<script>'\u65e5'</script>")), ValueNotEncodable)


@pytest.mark.parametrize(
    ("page", "fragment"),
    [
        ("<p id=x>a</p>", "<div>b</div>"),
        ("<ul><li id=x>a</ul>", "<li>b</li>"),
        ("<a><i id=x>a</i></a>", "<a>b</a>"),
        ("<form><i id=x>a</i></form>", "<form>b</form>"),
        ("<h1 id=x>a</h1>", "<h2>b</h2>"),
        ("<svg><text id=x>a</text></svg>", "<p>b</p>"),
        ("<table><tr><td id=x>a</table>", "<td>b</td>"),
        ("<b><i id=x>a</i></b>", "b</b>"),
        ("<i id=x>a</i>", "<b>"),
        ("<i id=x>a</i>", "<!--"),
    ],
)
def test_html_that_would_reach_beyond_its_place_is_refused(page: str, fragment: str) -> None:
    assert isinstance(refusal(page.encode(), Edit("x", "html", fragment, force=True)), UnbalancedFragment)


def test_the_existing_style_is_merged_or_replaced() -> None:
    page = b"<p id=x style='top:1px;color: red'>a</p>"
    change = {"color": "blue", "left": "2px"}
    assert edited(page, Edit("x", "style", change)) == b"<p id=x style='top:1px;color: blue; left: 2px'>a</p>"
    assert edited(page, Edit("x", "style", change, replace=True)) == (
        b"<p id=x style='color: blue; left: 2px'>a</p>"
    )


def test_several_styles_of_one_tag_are_merged_in_turn() -> None:
    page = b"<p id=x style=top:1px>a</p>"
    first, second = Edit("x", "style", {"color": "red", "left": "1px"}), Edit("x", "style", {"color": "blue"})
    assert edited(page, first, second) == b'<p id=x style="top:1px; color: blue; left: 1px">a</p>'
    assert (
        edited(page, first, Edit("x", "style", {"z-index": 1}, replace=True))
        == b'<p id=x style="z-index: 1">a</p>'
    )


def test_an_unquoted_style_with_a_quote_in_it_gets_its_quotes_right() -> None:
    page = b'<p id=x style=font:1em/1"A">a</p>'
    assert (
        edited(page, Edit("x", "style", {"top": "0"}))
        == b'<p id=x style="font:1em/1&quot;A&quot;; top: 0">a</p>'
    )


def test_a_broken_style_attribute_is_refused_and_can_be_replaced() -> None:
    page = b"<p id=x style='color: \"red'>a</p>"
    assert isinstance(refusal(page, Edit("x", "style", {"top": "0"})), UnsafeStyle)
    assert edited(page, Edit("x", "style", {"top": "0"}, replace=True)) == b"<p id=x style='top: 0'>a</p>"
    result = apply_edits(page, [Edit("x", "style", {"top": "0"}), Edit("x", "attribute", "t", "title")])
    assert result.edited == {1}


def test_attributes_of_a_tag_that_browsers_repeat_need_force() -> None:
    page = b"<p><b id=x>one<p>two</b>"
    assert isinstance(refusal(page, Edit("x", "attribute", "a", "title")), TagNotSelfContained)
    assert (
        edited(page, Edit("x", "attribute", "a", "title", force=True))
        == b'<p><b title="a" id=x>one<p>two</b>'
    )


def test_attributes_that_load_code_are_refused_on_the_tag_itself() -> None:
    assert isinstance(
        refusal(b"<script id=x></script>", Edit("x", "attribute", "a.js", "src")), UnsafeAttribute
    )


def test_attributes_of_elements_without_content_are_set() -> None:
    assert (
        edited(b"<img id=x src='a.png'/>", Edit("x", "attribute", "b.png", "SRC"))
        == b"<img id=x src='b.png'/>"
    )


@pytest.mark.parametrize(
    "edit",
    [
        Edit("x", "text", {}),
        Edit("x", "text", None),  # type: ignore[arg-type]
        Edit("x", "html", b"a"),  # type: ignore[arg-type]
        Edit("x", "style", "color: red"),
        Edit("x", "style", {1: "a"}),  # type: ignore[dict-item]
        Edit("x", "style", {"color": ["red"]}),  # type: ignore[dict-item]
        Edit("x", "style", {"color": True}),
        Edit("x", "attribute", {}, "title"),
        Edit("x", "json", "a"),  # type: ignore[arg-type]
    ],
)
def test_values_of_the_wrong_type_are_refused(edit: Edit) -> None:
    assert isinstance(refusal(SPAN, edit), ValueOfWrongType)


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-16-le"])
def test_all_edits_of_a_page_in_a_wide_encoding_are_refused(codec: str) -> None:
    assert isinstance(refusal(SPAN.decode().encode(codec), text("x", "a")), PageNotDecodable)


def test_a_tag_behind_a_fault_that_hides_the_rest_names_the_fault() -> None:
    error = refusal(b"<!-- <p id=x>a</p>", text("x", "new"))
    assert isinstance(error, PageNotParsable)
    assert "the page ends inside a comment" in str(error)


def test_random_bytes_raise_nothing() -> None:
    page = b"page" + bytes(range(256)) * 3 + b"<p id=x>a</p>"
    assert apply_edits(page, [text("x", "b")]).page == page.replace(b">a<", b">b<")
