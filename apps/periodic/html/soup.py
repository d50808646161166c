"""Pages read by BeautifulSoup, within what its parser can bear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..exceptions import PageNotDecodable, PageNotParsable
from .spans import Walk

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MAX_BYTES = 2 * 2**20
_OPEN_COMMENTS = 10
_TEXT_HOLDERS = ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")


def parse(page: bytes, *, encoding: str, strict: bool = False) -> BeautifulSoup:
    """Return the page as a BeautifulSoup document.

    The standard library's parser takes quadratic time on pages that leave many tags or comments
    open; such pages and those above ``MAX_BYTES`` raise PageNotParsable. Bytes that the encoding
    does not have are replaced, or with ``strict`` raise PageNotDecodable.
    """
    from bs4 import BeautifulSoup  # costs a tenth of a second, and pages are spliced without it

    _check_bearable(page)
    try:
        text = page.decode(encoding, "strict" if strict else "replace")
    except UnicodeDecodeError as error:
        raise PageNotDecodable(
            f"Byte {error.start} of the page is no {encoding}; save the page again or correct its charset."
        ) from error
    return BeautifulSoup(text.removeprefix("\ufeff"), "html.parser", on_duplicate_attribute="ignore")


def tags_with_id(document: BeautifulSoup) -> tuple[list[Tag], list[Tag]]:
    """Return the tags with an id outside of templates and those inside; the text of other tags holds none."""
    text = _identities_inside(document, _TEXT_HOLDERS)
    template = _identities_inside(document, ("template",))
    tags = [tag for tag in document.find_all(id=True) if id(tag) not in text]
    return [tag for tag in tags if id(tag) not in template], [tag for tag in tags if id(tag) in template]


def _identities_inside(document: BeautifulSoup, names: Sequence[str]) -> set[int]:
    """Asking each tag for its parents would take far longer."""
    holders = document.find_all(names)
    return {id(tag) for holder in holders for tag in holder.find_all(id=True)}


def _check_bearable(page: bytes) -> None:
    if len(page) > MAX_BYTES:
        raise PageNotParsable(
            f"The page has {len(page)} bytes; BeautifulSoup is given at most {MAX_BYTES}. Split the page."
        )
    cut_short = Walk(page).run().cut_short
    if cut_short:
        raise PageNotParsable(
            f"BeautifulSoup cannot read this page in good time: {cut_short}; mend the page."
        )
    tail = page[page.rfind(b"-->") + 1 :]
    if tail.count(b"<!--") > _OPEN_COMMENTS:
        raise PageNotParsable(
            "BeautifulSoup cannot read this page in good time: end its comments with '-->'."
        )


def parse_fragment(fragment: str) -> BeautifulSoup:
    """Return a piece of HTML as a document without ``<html>`` and ``<body>`` around it."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(fragment, "html.parser")
