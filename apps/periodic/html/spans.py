"""Where the elements with given ids stand in a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import names
from .stack import Element, OpenElements, Span
from .tokens import (
    TOKEN,
    attribute_value,
    doctype_asks_for_quirks,
    find_attribute,
    raw_text_end,
    unescape_attribute,
)
from .tree import close, is_void, open_element, resume_inside

MAX_DEPTH = 512
"""Browsers stop nesting here, and it keeps the work linear."""

_ID_HEAD = re.compile(rb"[iI][dD][\t\n\f\r ]*+=[\t\n\f\r ]*+[\"']?([^\t\n\f\r \"'>&]*+)(&?)")
_AFTER_HEAD = re.compile(rb"[\t\n\f\r \"'>&].*", re.DOTALL)
_WHITE_SPACE = b"\t\n\f\r "
_PAGE_TAIL = re.compile(
    rb"(?:[\t\n\f\r ]++|</(?:body|html)[\t\n\f\r ]*+>|<!--.*?-->)*+\Z", re.DOTALL | re.IGNORECASE
)


@dataclass(slots=True)
class Walk:
    """One pass over the tags of a page.

    ``spans`` holds for each wanted id the first element outside of templates that has it.
    ``cut_short`` says why the pass ended before the page did, if it did: at the end of the page
    inside an open tag, comment or raw text, or below the deepest level.
    """

    page: bytes
    elements: OpenElements = field(default_factory=OpenElements)
    wanted: set[str] = field(default_factory=set)
    encoding: str = "utf-8"
    spans: dict[str, Span] = field(default_factory=dict)
    cut_short: str = ""
    heads: frozenset[bytes] = field(init=False)

    def __post_init__(self) -> None:
        ids = (tag_id.encode(self.encoding, "replace") for tag_id in self.wanted)
        self.heads = frozenset(_AFTER_HEAD.sub(b"", tag_id) for tag_id in ids)

    def run(self) -> Walk:
        """Go through the page until it ends or all wanted elements are closed."""
        page, elements, search = self.page, self.elements, TOKEN.search
        may_stop = bool(self.wanted)
        position = 0
        while match := search(page, position):
            slash, name, attributes, bracket, cdata = match.groups()
            if name is None:
                position = self._skip(match, is_cdata=cdata is not None)
            elif not bracket:
                self.cut_short = "the page ends inside a tag"
            elif slash:
                position = match.end()
                close(elements, name.lower(), match.start())
            else:
                position = self._open(match, name.lower(), attributes)
            if self.cut_short or (may_stop and not self.wanted and not elements.spans):
                break
        self._finish()
        return self

    def _skip(self, match: re.Match[bytes], *, is_cdata: bool) -> int:
        """Return where a comment, doctype or CDATA section ends."""
        end = match.end()
        is_closed = match[0].endswith((b"-->", b"--!>") if match[0].startswith(b"<!--") else b">")
        if is_cdata:
            closing = b"]]>" if self.elements.is_foreign else b">"
            found = self.page.find(closing, end)
            is_closed = found >= 0
            end = found + len(closing) if is_closed else len(self.page)
        elif not self.elements.counts and match[0][:9].lower() == b"<!doctype":
            self.elements.quirks = doctype_asks_for_quirks(match[0])
        if not is_closed:
            self.cut_short = "the page ends inside a comment"
        return end

    def _open(self, match: re.Match[bytes], name: bytes, attributes: bytes) -> int:
        """Take in one start tag; return where the next token may begin."""
        elements, end = self.elements, match.end()
        element = open_element(elements, name, attributes, match.start())
        if element is None:
            return end
        span = self._wanted_span(match, element) if self.wanted and attributes else None
        if is_void(element, attributes):
            if span is not None:
                span.end, span.is_void = end, True
            return end
        if span is not None:
            elements.open_span(span, element)
        if element.is_html and element.name in names.RAW_TEXT:
            return self._skip_raw_text(element, end)
        elements.push(element)
        if len(elements.stack) > MAX_DEPTH:
            self.cut_short = f"tags are nested deeper than {MAX_DEPTH}"
        return end

    def _wanted_span(self, match: re.Match[bytes], element: Element) -> Span | None:
        tag_id = self._wanted_id(match[3])
        if tag_id is None or self.elements.is_open(b"template"):
            return None
        self.wanted.discard(tag_id)
        span = Span(match.start(), match.end(), element.name, element.namespace)
        self.spans[tag_id] = span
        return span

    def _wanted_id(self, attributes: bytes) -> str | None:
        if not self._may_have_wanted_id(attributes):
            return None
        match = find_attribute(attributes, b"id")
        if match is None:
            return None
        tag_id = attribute_value(match).decode(self.encoding, "replace")
        if "&" in tag_id:
            tag_id = unescape_attribute(tag_id)
        return tag_id if tag_id in self.wanted else None

    def _may_have_wanted_id(self, attributes: bytes) -> bool:
        """Return False for most tags, at a tenth of the price of reading their attributes."""
        candidates = _ID_HEAD.findall(attributes)
        return bool(candidates) and any(reference or head in self.heads for head, reference in candidates)

    def _skip_raw_text(self, element: Element, start: int) -> int:
        end = raw_text_end(self.page, start=start, name=element.name)
        tag = TOKEN.match(self.page, end)
        if tag is None or not tag[4]:
            self.cut_short = f"<{element.name.decode('latin-1')}> is never closed"
        if element.span is not None:
            self.elements.spans.pop()
            element.span.end, element.span.is_closed = end, tag is not None
            element.span.risky = element.span.risky or self.cut_short
        elif element.name == b"noscript" and self.elements.spans:
            self._doubt_noscript(self.page[start:end])
        return tag.end() if tag else end

    def _doubt_noscript(self, content: bytes) -> None:
        """Without scripts its content is tags, which must leave what is around them alone."""
        elements = self.elements
        inside = resume_inside(elements.stack, form_is_open=elements.form_is_open, quirks=elements.quirks)
        if imbalance(content, inside):
            for span in elements.spans:
                span.risky = span.risky or "a <noscript> in it is not balanced"

    def _finish(self) -> None:
        for span in self.elements.spans:
            self._finish_open(span)
        for span in self.spans.values():
            if not span.is_closed and not span.is_void:
                content = self.page[span.content_start : span.end]
                span.end -= len(content) - len(content.rstrip(_WHITE_SPACE))

    def _finish_open(self, span: Span) -> None:
        """End what the page leaves open, and doubt it unless its end tag may be left out."""
        if span.end >= 0 and not _PAGE_TAIL.match(self.page, span.end):
            span.risky = span.risky or "something follows </body>"
        elif span.end < 0:
            span.end = len(self.page)
        if self.elements.is_open(b"select"):
            span.risky = span.risky or "<select> is never closed"
        if self.cut_short or (not span.is_closed and not span.may_stay_open):
            span.risky = span.risky or self.cut_short or f"<{span.name.decode('latin-1')}> is never closed"


def find_spans(page: bytes, ids: Iterable[str], *, encoding: str = "utf-8") -> Walk:
    """Find the elements with these ids in one pass, which ends early once all are closed."""
    return Walk(page, wanted=set(ids), encoding=encoding).run()


def imbalance(fragment: bytes, elements: OpenElements) -> str:
    """Return how these tags would reach beyond their own end if they stood on this stack, or ""."""
    around, form_is_open = list(elements.stack), elements.form_is_open
    walk = Walk(fragment, elements=elements).run()
    if walk.cut_short:
        return walk.cut_short.replace("the page", "it")
    if elements.stack != around:
        return _difference(around, elements.stack)
    if len(elements.dangling) > elements.dangling_start:
        return f"<{elements.dangling[-1].decode('latin-1')}> is never closed"
    if elements.form_is_open != form_is_open:
        return "<form> lacks its other tag, or stands in another form"
    return elements.doubt


def _difference(before: list[Element], after: list[Element]) -> str:
    if after[: len(before)] == before:
        return f"<{after[len(before)].name.decode('latin-1')}> is never closed"
    lost = next(element for element in reversed(before) if element not in after)
    return f"it ends the <{lost.name.decode('latin-1')}> around it"
