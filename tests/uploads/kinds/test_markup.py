"""HTML, SVG and XML by how they begin."""

from __future__ import annotations

import time

import pytest

from smallweb.uploads.kinds.markup import markup_name

pytestmark = pytest.mark.once

# The table of the standard: https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
TAGS = (
    "!DOCTYPE HTML", "HTML", "HEAD", "SCRIPT", "IFRAME", "H1", "DIV", "FONT", "TABLE", "A", "STYLE", "TITLE",
    "B",
    "BODY", "BR", "P",
)  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_of_the_standard_is_html(tag: str) -> None:
    for end in (" x", ">", "\n", "/", "\t", ""):
        for written in (tag, tag.lower(), tag.title()):
            for before in ("", " \t\r\n\f", "\ufeff", "\ufeff \n", "<!-- a -->", "<?a?>\n"):
                assert markup_name(f"{before}<{written}{end}".encode()) == "html", (before, written, end)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_the_encoding_does_not_hide_it(encoding: str) -> None:
    assert markup_name("<html>é".encode(encoding)) == "html"
    assert markup_name("  <svg>é".encode(encoding)) == "svg"


def test_bytes_that_are_no_text_do_not_hide_it() -> None:
    assert markup_name(b"<script>\xff\0\x80") == "html"
    assert markup_name(b"<html>\0".ljust(4096, b"\xc3")) == "html"


@pytest.mark.parametrize(
    "text",
    [
        "<svg>", "<SVG onload=alert(1)>", "<svg/onload=alert(1)>", "<svg:svg xmlns:svg='x'>",
        "<?xml version='1.0'?><svg>", "<!-- a --><!-- b -->\n<svg>", "<!DOCTYPE svg>",
        "<!DOCTYPE svg PUBLIC 'a' 'b' [<!ENTITY a 'b'>]><svg>", "<!doctype a [<!ENTITY b 'c'>] ><svg>",
    ],
)  # fmt: skip
def test_a_drawing_is_found_behind_what_comes_first(text: str) -> None:
    assert markup_name(text.encode()) == "svg"


@pytest.mark.parametrize(
    "text",
    [
        "<!--", "<!-- never closed <svg>", "<!--><script>alert(1)</script>-->", "<!-- a --> text",
        "<!-- a --><b>",
        "<?xml version='1.0'?><html>", "<?xml version='1.0'?><h:html>", "<!DOCTYPE html SYSTEM 'x' [",
        "<?php a ?><html>",
    ],
)  # fmt: skip
def test_a_page_is_found_behind_what_comes_first(text: str) -> None:
    assert markup_name(text.encode()) == "html"


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?>",
        "<?xml",
        "<?xml ?><table>",
        "<?xml?><!-- a --><note>",
        "<!DOCTYPE note><note>",
        "<!doctype ",
    ],
)
def test_other_xml_is_xml(text: str) -> None:
    assert markup_name(text.encode()) == "xml"


@pytest.mark.parametrize(
    "text",
    ["", "a <html>", "<", "<<html>", "<note>", "<htmlx>", "<svgs>", "<a-b>", "<b:c>", "<php>",
    "<?php echo 1;", "< html>",
     "<img>\n<!doctype html>", "\\<html>", "&lt;html>"],
)  # fmt: skip
def test_what_no_browser_takes_for_markup_is_none(text: str) -> None:
    assert markup_name(text.encode()) is None


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<!---->",
        "<?",
        "<!doctype ",
        "<!doctype [",
        "<!doctype a[]",
        " ",
        "<",
        "<a:",
        "-->",
        "<!-- <? ",
    ],
)
def test_no_head_takes_long(piece: str) -> None:
    began = time.perf_counter()
    markup_name((piece * 4096)[:4096].encode())
    markup_name(("<?xml ?>" + piece * 4096)[:4096].encode())
    assert time.perf_counter() - began < 1
