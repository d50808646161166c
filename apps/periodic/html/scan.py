"""The tags of a page that jobs can be given, for people to choose from."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import EditRefused
from . import soup
from .edits import Edit, check_content_target
from .encoding import page_encoding
from .spans import find_spans
from .stack import Span
from .tokens import TOKEN

if TYPE_CHECKING:
    from bs4 import Tag

_TEXT_LENGTH = 80
_CONTENT_BYTES = 2000


@dataclass(frozen=True, slots=True)
class TagInfo:
    """One id of a page and the element that an edit would change.

    ``text`` is the beginning of its text, white space folded. ``count`` is the number of elements
    outside of templates with this id, or of those inside if all are. ``line`` counts from 1.
    ``refusal`` says why its text could not be replaced, or is empty.
    """

    id: str
    name: str
    text: str
    count: int
    is_inside_template: bool
    line: int
    refusal: str


def find_tags(page: bytes) -> list[TagInfo]:
    """Return the ids of a page in the order in which they first stand there.

    Raises PageNotDecodable, and PageNotReadable for pages that BeautifulSoup cannot read in good time.
    """
    encoding = page_encoding(page)
    groups: dict[str, list[Tag]] = {}
    for tag in soup.parse(page, encoding=encoding).find_all(id=True):
        if soup.is_element(tag):
            groups.setdefault(str(tag["id"]), []).append(tag)
    spans = find_spans(page, groups, encoding=encoding).spans
    return [_describe(tag_id, tags, spans.get(tag_id), page, encoding) for tag_id, tags in groups.items()]


def _describe(tag_id: str, tags: list[Tag], span: Span | None, page: bytes, encoding: str) -> TagInfo:
    outside = [tag for tag in tags if tag.find_parent("template") is None]
    first = (outside or tags)[0]
    return TagInfo(
        id=tag_id,
        name=first.name,
        text=_text(span, page, encoding) if span else "",
        count=len(outside or tags),
        is_inside_template=not outside,
        line=first.sourceline or 0,
        refusal=_refusal(tag_id, span, is_inside_template=not outside),
    )


def _text(span: Span, page: bytes, encoding: str) -> str:
    content = page[span.content_start : min(span.end, span.content_start + _CONTENT_BYTES)]
    text = " ".join(html.unescape(TOKEN.sub(b" ", content).decode(encoding, "replace")).split())
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _refusal(tag_id: str, span: Span | None, *, is_inside_template: bool) -> str:
    if span is None:
        place = "inside a <template>" if is_inside_template else "where browsers make no element of it"
        return f"The tag with id {tag_id!r} stands {place}."
    try:
        check_content_target(Edit(tag_id, "text", ""), span)
    except EditRefused as error:
        return str(error)
    return ""
