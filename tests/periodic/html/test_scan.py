from __future__ import annotations

import pytest

from smallweb.periodic.exceptions import PageNotDecodable, PageNotParsable
from smallweb.periodic.html import TagInfo, find_tags
from smallweb.periodic.html.soup import MAX_BYTES
from tests.periodic.html.generated import generate

pytestmark = pytest.mark.once


def tags(page: str | bytes) -> dict[str, TagInfo]:
    found = find_tags(page if isinstance(page, bytes) else page.encode())
    return {tag.id: tag for tag in found}


def test_each_id_is_described_once_in_the_order_of_the_lines() -> None:
    page = "<!doctype html>\n<p id=b>one <b>two</b>\n three</p>\n<i id=a>x &amp; y</i><p id=b>again</p>"
    assert find_tags(page.encode()) == [
        TagInfo("b", "p", "one two three", 2, False, 2, ""),
        TagInfo("a", "i", "x & y", 1, False, 4, ""),
    ]


def test_a_page_without_ids_has_no_tags() -> None:
    assert find_tags(b"") == []


def test_the_text_is_the_one_that_an_edit_would_replace() -> None:
    assert tags("<ul><li id=x>one<li>two</ul>")["x"].text == "one"


def test_long_texts_are_shortened() -> None:
    text = tags(f"<p id=x>{'word ' * 1000}</p>")["x"].text
    assert len(text) == 80
    assert text.endswith("\u2026")


def test_texts_and_ids_are_decoded() -> None:
    page = "<meta charset=windows-1252><p id=caf\u00e9>\u20ac 5</p>".encode("cp1252")
    assert tags(page)["caf\u00e9"].text == "\u20ac 5"
    assert tags("\ufeff<p id=x>\u00e9</p>".encode())["x"].text == "\u00e9"


def test_a_tag_inside_a_template_is_told_and_one_outside_of_it_preferred() -> None:
    found = tags("<template><p id=x>a</p><p id=y>b</p></template>\n<p id=y>c</p>")
    assert found["x"].is_inside_template
    assert "inside a <template>" in found["x"].refusal
    assert (found["y"].text, found["y"].count, found["y"].line) == ("c", 1, 2)
    assert found["y"].refusal == ""


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<script id=x>a</script>", "holds code"),
        ("<input id=x>", "has no content"),
        ("<table id=x><td>a</table>", "part of the page's structure"),
        ("<div id=x>open", "<div> is never closed"),
        ("<noscript><p id=x>a</p></noscript>", "browsers make no element"),
    ],
)
def test_the_reason_why_a_tag_takes_no_text_is_told(page: str, reason: str) -> None:
    assert reason in tags(page)["x"].refusal


def test_what_only_looks_like_a_tag_is_left_out() -> None:
    assert (
        tags("<!-- <p id=a> --><textarea><p id=b></textarea><title><p id=c></title><script><p id=d></script>")
        == {}
    )


def test_all_ids_of_realistic_pages_are_found() -> None:
    for seed in range(20):
        page = generate(seed)
        assert set(page.ids) <= tags(page.content).keys()


def test_pages_that_beautifulsoup_cannot_bear_are_refused() -> None:
    for page in (
        '<a x="' * 50_000,
        "<!--" * 50_000,
        "<!--x--!>" * 50_000,
        "<div>" * 20_000,
        "a" * (MAX_BYTES + 1),
    ):
        with pytest.raises(PageNotParsable, match="BeautifulSoup"):
            find_tags(page.encode())


def test_pages_in_wide_encodings_are_refused() -> None:
    with pytest.raises(PageNotDecodable):
        find_tags("<p id=x>".encode("utf-16"))
