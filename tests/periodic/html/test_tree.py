"""Where elements begin and end in corners of the standard, as two HTML parsers see it."""

from __future__ import annotations

import re

import pytest

from smallweb.periodic.html import Edit, apply_edits
from smallweb.periodic.html.tokens import doctype_asks_for_quirks
from tests.periodic.html.oracle import READERS

pytestmark = pytest.mark.once

CORNERS = [
    "<table><col><tr><td id=a>1<td id=b>2</table><p id=c>3</p>",
    "<table><colgroup><col><tbody><tr><th id=a>1</table>",
    "<table><colgroup></colgroup><caption id=a>1<tr><td id=b>2</table>",
    "<table><tr><td><table><tr><td id=a>1</table><td id=b>2</table>",
    "<table><td id=a>1<table><td id=b>2</table>",
    "<table><table id=a><td id=b>2</table><p id=c>3</p>",
    "<table><tr><td id=a>1</tr></tbody><tfoot><td id=b>2</table>",
    "<div><td id=a>1</td><p id=b>2</p></div>",
    "<table><div id=a>1<tr><td id=b>2</table>",
    "<template><tr><td>1</td></tr></template><p id=a>2</p>",
    "<template><table><td>1<template></td></template></template><p id=a>2</p>",
    "<template><form></form><form></form></template><form><p id=a>2</p></form>",
    "<template><html><body></template><p id=a>2</p>",
    "</template><p id=a>1</p>",
    "<select><optgroup label=x><option id=a>1<option id=b>2<optgroup><option id=c>3</select><p id=d>4</p>",
    "<select><option id=a>1<hr><option id=b>2</select>",
    "<datalist><option id=a>1<option id=b>2</datalist>",
    "<ruby>a<rb id=a>1<rt id=b>2<rtc id=c>3<rt id=d>4<rp id=e>5</ruby>",
    "<p>a<rt id=a>1</rt></p>",
    "<html><head><title>t</title><body><html lang=x><body class=y><p id=a>1</p>",
    "<body><head><p id=a>1</p></head></body>",
    "<p><html id=x><i id=a>1</i></p>",
    "<body><frameset><p id=a>1</p>",
    "<svg><p id=a>1</p></svg><p id=b>2</p>",
    "<svg><g><font color=red id=a>1</font></g></svg>",
    "<svg><font id=a>1</font><text id=b>2</text></svg>",
    "<svg><g id=a><text>1</text></g></p><p id=b>2</p>",
    "<svg><desc><p id=a>1<p id=b>2</desc><text id=c>3</text></svg>",
    "<svg><foreignObject><div id=a>1</foreignObject></svg><p id=b>2</p>",
    "<svg><g id=a></x></g></svg><p id=b>2</p>",
    "<math><mi><mglyph id=a></mglyph></mi><mn id=b>2</mn></math>",
    "<math><mi><b id=a>1</b></mi></math>",
    "<math><annotation-xml><text id=a>1</text></annotation-xml></math>",
    "<math><annotation-xml encoding='Text/HTML'><p id=a>1</annotation-xml></math>",
    "<svg><circle r=4/ id=a>1</circle></svg>",
    "<svg><circle r=4/><text id=a>1</text></circle></svg>",
    "<p id=a>1<br></br>2</p>",
    "</p><p id=a>1</p></p></div></li></h1></form></body>",
    "<h1 id=a>1<h2 id=b>2</h2>",
    "<h1 id=a>1</h1></h2><p id=b>2</p>",
    "<button id=a>1<button id=b>2</button>",
    "<nobr>1<nobr id=a>2</nobr></nobr><p id=b>3</p>",
    "<a>1<p id=a>2</p></a><p id=b>3</p>",
    "<a>1<table><tr><td><a id=a>2</a></table></a><p id=b>3</p>",
    "<p><b>1<p id=a>2</p></b><p id=b>3</p>",
    "<b>1<b id=a>2</b></b><p id=b>3</p>",
    "<b><i>1</b><u id=a>2</u></i><p id=b>3</p>",
    "<div id=a><b>1<p>2</b></p></div><p id=b>3</p>",
    "<object><b>1</object><p id=a>2</p>",
    "<li id=a>1<div><li id=b>2</div>",
    "<ul><li>1<ul><li id=a>2</ul><p id=b>3</ul>",
    "<dl><dt id=a>1<dd>2<div><dt id=b>3</div></dl>",
    "<dl><dd><p id=a>1<dt id=b>2</dl>",
    "<form><div><form><p id=a>1</form></div><p id=b>2</p>",
    "<form><p id=a>1</form><form><p id=b>2</form>",
    "<details><summary id=a>1<p id=b>2</details>",
    "<fieldset><legend id=a>1</legend><p id=b>2<hr><p id=c>3</fieldset>",
    "<p>1<pre id=a>2</pre><p id=b>3<listing id=c>4</listing>",
    "<p>1<textarea></p></textarea><b id=a>2</b></p>",
    "<p>1<xmp><b></xmp><b id=a>2</b></p>",
    "<script><!-- <script> </script> --></script><p id=a>1</p>",
    "<script><!--></script><p id=a>1</p>",
    "<script><!-- <scripty> </script><p id=a>1</p>",
    "<script><!-- <!-- <script> <script> --> </script><p id=a>1</p>",
    "<!----!><p id=a>1</p><!--><p id=b>2</p><!---><p id=c>3</p><!-- > -->",
    "<?php echo '<p id=x>' ?><p id=a>1</p></ x><p id=b>2</p></><p id=c>3</p>",
    "<p id=a title='>' class=\"<p id=x>\" =x y= >1</p>",
    "<p id=a id=b>1</p><p id=b>2</p>",
    "<image id=a><p id=b>1</p>",
    "<my-tag id=a>1<my-tag id=b>2</my-tag></my-tag>",
    "<marquee><p id=a>1</marquee><p id=b>2</p>",
    "<noframes><p></noframes><noembed><p></noembed><p id=a>1</p>",
    "<address><li id=a>1</address><p id=b>2</p>",
]
DOCTYPES = ["", "<!doctype html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">']


@pytest.mark.parametrize("corner", CORNERS)
def test_an_edit_changes_what_two_parsers_see_in_this_tag_alone(corner: str) -> None:
    for doctype in DOCTYPES:
        page = doctype + corner
        for tag_id in sorted(set(re.findall(r"id=([a-e])\b", corner))):
            result = apply_edits(page.encode(), [Edit(tag_id, "text", "NEW")])
            values = {tag_id: "NEW"} if result.edited else {}
            for read in READERS:
                assert read(page, values, True) == read(result.page.decode(), values, False), (
                    doctype,
                    tag_id,
                )


def test_most_corners_are_no_reason_to_refuse() -> None:
    edited = refused = 0
    for corner in CORNERS:
        for tag_id in set(re.findall(r"id=([a-e])\b", corner)):
            done = bool(apply_edits(corner.encode(), [Edit(tag_id, "text", "NEW")]).edited)
            edited, refused = edited + done, refused + (not done)
    assert refused < edited / 4


@pytest.mark.parametrize(
    ("doctype", "quirks"),
    [
        ("<!doctype html>", False),
        ("<!DOCTYPE HTML SYSTEM 'about:legacy-compat'>", False),
        ("<!doctype>", True),
        ("<!doctype svg>", True),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">', True),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.0 Transitional//EN">', True),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">', True),
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">',
            False,
        ),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">', False),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/x.dtd">', False),
        ('<!DOCTYPE html PUBLIC "-//IETF//DTD HTML//EN">', True),
        ('<!DOCTYPE html PUBLIC "HTML">', True),
    ],
)
def test_old_doctypes_ask_for_quirks(doctype: str, quirks: bool) -> None:
    assert doctype_asks_for_quirks(doctype.encode()) == quirks
