from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from smallweb.periodic.exceptions import UnbalancedFragment, ValueOfWrongType
from smallweb.periodic.html import clean_fragment

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "text & more",
        "<b>a</b>",
        "<p>a</p><p>b</p>",
        "<ul><li>a<li>b</ul>",
        "<br><img src=a>",
        "<!-- a -->",
        "<table><tr><td>a</table>",
        "<script>'</b>'</script>",
        "<svg><circle r=4 /></svg>",
        "</b>a",
        "<form></form>",
        "<template><td></template>",
        "<noscript><p>a</noscript>",
    ],
)
def test_html_that_stands_on_its_own_passes_unchanged(fragment: str) -> None:
    assert clean_fragment(fragment) == fragment


@pytest.mark.parametrize(
    ("fragment", "fault"),
    [
        ("<b>a", "<b> is never closed"),
        ("<p>a", "<p> is never closed"),
        ("a</div>", "it ends the <div> around it"),
        ("</div><div>", "it ends the <div> around it"),
        ("<p><b>a</p>", "<b> is never closed"),
        ("<!-- a", "it ends inside a comment"),
        ("<a href='", "it ends inside a tag"),
        ("<script>a", "<script> is never closed"),
        ("<plaintext>", "<plaintext> is never closed"),
        ("<select><option>a", "<select> is never closed|<option> is never closed"),
        ("<select><b>a</select>", "<b> is never closed"),
        ("<div>" * 600 + "</div>" * 600, "nested deeper"),
        ("</form>", ""),
    ],
)
def test_html_that_reaches_beyond_its_end_is_refused(fragment: str, fault: str) -> None:
    if not fault:
        assert clean_fragment(fragment) == fragment
        return
    with pytest.raises(UnbalancedFragment, match=fault):
        clean_fragment(fragment)


def test_a_beautifulsoup_tag_is_serialised() -> None:
    soup = BeautifulSoup("<p class=a>x &lt; y<br></p>", "html.parser")
    assert clean_fragment(soup.p) == '<p class="a">x &lt; y<br/></p>'  # type: ignore[arg-type]
    assert clean_fragment(soup) == '<p class="a">x &lt; y<br/></p>'


@pytest.mark.parametrize("value", [None, b"a", 3, ["a"]])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ValueOfWrongType, match="give HTML as str or a BeautifulSoup tag"):
        clean_fragment(value)  # type: ignore[arg-type]
