"""The tags of a page that jobs can be given, for people to choose from."""

from __future__ import annotations

import html
from collections.abc import Iterable
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
    """Return the ids of a page in the order of their lines.

    Raises PageNotDecodable, and PageNotParsable for pages that BeautifulSoup cannot read in good time.
    """
    encoding = page_encoding(page)
    outside, inside = soup.tags_with_id(soup.parse(page, encoding=encoding))
    groups, hidden = _by_id(outside), _by_id(inside)
    spans = find_spans(page, groups, encoding=encoding).spans
    found = [_describe(tag_id, tags, spans.get(tag_id), page, encoding) for tag_id, tags in groups.items()]
    found += [_describe_hidden(tag_id, tags) for tag_id, tags in hidden.items() if tag_id not in groups]
    return sorted(found, key=lambda tag: tag.line)


def _by_id(tags: Iterable[Tag]) -> dict[str, list[Tag]]:
    groups: dict[str, list[Tag]] = {}
    for tag in tags:
        groups.setdefault(str(tag["id"]), []).append(tag)
    return groups


def _describe(tag_id: str, tags: list[Tag], span: Span | None, page: bytes, encoding: str) -> TagInfo:
    return TagInfo(
        id=tag_id,
        name=tags[0].name,
        text=_text(span, page, encoding) if span else "",
        count=len(tags),
        is_inside_template=False,
        line=tags[0].sourceline or 0,
        refusal=_refusal(tag_id, span),
    )


def _describe_hidden(tag_id: str, tags: list[Tag]) -> TagInfo:
    refusal = f"The tag with id {tag_id!r} stands inside a <template>."
    return TagInfo(tag_id, tags[0].name, "", len(tags), True, tags[0].sourceline or 0, refusal)


def _text(span: Span, page: bytes, encoding: str) -> str:
    content = page[span.content_start : min(span.end, span.content_start + _CONTENT_BYTES)]
    text = " ".join(html.unescape(TOKEN.sub(b" ", content).decode(encoding, "replace")).split())
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _refusal(tag_id: str, span: Span | None) -> str:
    if span is None:
        return f"The tag with id {tag_id!r} stands where browsers make no element of it."
    try:
        check_content_target(Edit(tag_id, "text", ""), span)
    except EditRefused as error:
        return str(error)
    return ""
