"""All edits of a page in one pass over its bytes; every byte outside of them stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ..exceptions import (
    EditRefused,
    PageNotDecodable,
    PageNotParsable,
    TagNotFound,
    TagNotSelfContained,
    TagOverwritten,
)
from . import names
from .attributes import attributes_of, check_attribute_target, escape_attribute, quote_of, set_attributes
from .edits import Edit, EditResult, check_content_target, check_edit
from .encoding import encode_text, page_encoding
from .fragment import encode_fragment
from .spans import Walk, find_spans
from .stack import Span
from .styles import StyleValue, merge_style, new_style
from .tokens import attribute_value, find_attribute


def apply_edits(page: bytes, edits: Sequence[Edit]) -> EditResult:
    """Return the page with these edits applied and every other byte as it was.

    Each edit stands on its own: one that is refused spoils no other. Several edits may change one
    tag; of those that set the same thing the last one wins. An edit of a tag inside an element whose
    content another edit replaces is refused. The time is linear in page and edits; nothing is raised.
    """
    return _PageEdits(page, edits).apply()


def escape_text(text: str, name: bytes, encoding: str) -> bytes:
    """Return the bytes that browsers read as this text inside an element of this name."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if name in names.STARTS_WITH_NEWLINE and text.startswith("\n"):
        text = "\n" + text  # the first one is not part of the content
    return encode_text(text, encoding)


class _PageEdits:
    def __init__(self, page: bytes, edits: Sequence[Edit]) -> None:
        self.page = page
        self.edits = edits
        self.refused: dict[int, EditRefused] = {}
        self.contents: dict[str, bytes] = {}
        self.patches: list[tuple[int, int, bytes]] = []

    def apply(self) -> EditResult:
        try:
            self.encoding = page_encoding(self.page)
        except PageNotDecodable as error:
            self.refused = dict.fromkeys(range(len(self.edits)), error)
            return self._result()
        positions = self._checked_positions()
        walk = find_spans(self.page, positions, encoding=self.encoding)
        self._refuse_missing(positions, walk)
        for tag_id, span in walk.spans.items():
            self._encode_contents(positions[tag_id], span)
        self._patch(positions, walk.spans)
        return self._result()

    def _checked_positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for position, edit in enumerate(self.edits):
            try:
                check_edit(edit)
            except EditRefused as error:
                self.refused[position] = error
            else:
                positions.setdefault(edit.tag_id, []).append(position)
        return positions

    def _refuse_missing(self, positions: Mapping[str, list[int]], walk: Walk) -> None:
        for tag_id in positions.keys() - walk.spans.keys():
            error: EditRefused = TagNotFound(
                f"No tag with id {tag_id!r} in the page; add one or correct the job's tag id."
            )
            if walk.cut_short:
                error = PageNotParsable(
                    f"No tag with id {tag_id!r} was found, and {walk.cut_short}; mend the page."
                )
            self.refused.update(dict.fromkeys(positions[tag_id], error))

    def _encode_contents(self, positions: list[int], span: Span) -> None:
        for position in positions:
            edit = self.edits[position]
            if not edit.is_content:
                continue
            try:
                check_content_target(edit, span)
                self.contents[edit.tag_id] = self._encode(edit, span)
            except EditRefused as error:
                self.refused[position] = error

    def _encode(self, edit: Edit, span: Span) -> bytes:
        value = cast(str, edit.value)
        if edit.kind == "html":
            return encode_fragment(value, span, self.encoding)
        return escape_text(value, span.name, self.encoding)

    def _patch(self, positions: Mapping[str, list[int]], spans: Mapping[str, Span]) -> None:
        replaced_to, replaced_id = 0, ""
        for tag_id, span in sorted(spans.items(), key=lambda item: item[1].start):
            if span.start < replaced_to:
                error = TagOverwritten(
                    f"The tag with id {tag_id!r} is inside {replaced_id!r}, whose content another job"
                    " replaces; move it out or drop one of the two."
                )
                self._refuse(positions[tag_id], error)
                continue
            self._patch_tag(positions[tag_id], span)
            if tag_id in self.contents:
                self.patches.append((span.content_start, span.end, self.contents[tag_id]))
                replaced_to, replaced_id = span.end, tag_id

    def _refuse(self, positions: Sequence[int], error: EditRefused) -> None:
        for position in positions:
            self.refused.setdefault(position, error)

    def _patch_tag(self, positions: list[int], span: Span) -> None:
        """Change attributes and style of one start tag."""
        own = [position for position in positions if not self.edits[position].is_content]
        if not own:
            return
        tag = self.page[span.start : span.content_start]
        values = self._attributes(tag, own, span)
        styles = [
            position
            for position in own
            if self.edits[position].kind == "style" and position not in self.refused
        ]
        try:
            if styles:
                values[b"style"] = self._style(tag, [self.edits[position] for position in styles])
        except EditRefused as error:
            self._refuse(styles, error)
        if values:
            self.patches.append((span.start, span.content_start, set_attributes(tag, values)))

    def _attributes(self, tag: bytes, positions: list[int], span: Span) -> dict[bytes, bytes]:
        attributes = attributes_of(tag)
        values: dict[bytes, bytes] = {}
        for position in positions:
            edit = self.edits[position]
            try:
                _check_tag(edit, tag, span)
            except EditRefused as error:
                self.refused[position] = error
                continue
            if edit.kind == "attribute":
                name = edit.attribute.lower().encode()
                quote = quote_of(find_attribute(attributes, name))
                values[name] = escape_attribute(cast(str, edit.value), self.encoding, quote=quote)
        return values

    def _style(self, tag: bytes, edits: Sequence[Edit]) -> bytes:
        match = find_attribute(attributes_of(tag), b"style")
        quote = quote_of(match)
        changes: dict[str, StyleValue] = {}
        replaces = False
        for edit in edits:
            if edit.replace:
                replaces, changes = True, {}
            changes.update(cast(Mapping[str, StyleValue], edit.value))
        if replaces or match is None:
            return new_style(changes, self.encoding, quote=quote)
        old = attribute_value(match)
        if match[4] is not None:
            old = old.replace(b'"', b"&quot;")
        return merge_style(old, changes, self.encoding, quote=quote)

    def _result(self) -> EditResult:
        parts, kept_to = [], 0
        for start, end, new in self.patches:
            parts += [self.page[kept_to:start], new]
            kept_to = end
        page = b"".join([*parts, self.page[kept_to:]])
        edited = frozenset(range(len(self.edits))) - self.refused.keys()
        return EditResult(page, page != self.page, edited, self.refused)


def _check_tag(edit: Edit, tag: bytes, span: Span) -> None:
    if edit.kind == "attribute":
        check_attribute_target(tag, span.name, edit.attribute)
    if span.is_copied and not edit.force:
        raise TagNotSelfContained(
            f"Browsers repeat the tag with id {edit.tag_id!r}, because its element is never closed."
            " Mend the page, or set force on this tag."
        )
