"""The other way to edit a page: BeautifulSoup reads it and writes all of it anew.

It changes quotes, entities and white space all over the page and closes elements where the page
leaves out end tags, but it edits tags that a splice has to refuse. It is used only when asked for.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from ..exceptions import EditRefused, TagNotFound
from . import soup
from .attributes import check_attribute_target, escape_attribute
from .edits import Edit, EditResult, check_content_target, check_edit
from .encoding import encode_text, page_encoding
from .fragment import clean_fragment
from .names import VOID
from .stack import Span
from .styles import StyleValue, merge_style, new_style
from .tokens import unescape_attribute

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


def rewrite(page: bytes, edits: Sequence[Edit]) -> EditResult:
    """Return the page, parsed and serialised by BeautifulSoup, with these edits applied in turn.

    Its encoding and byte order mark stay. Unsafe targets, attributes and styles are refused as in a
    splice; nothing is raised. A page none of whose edits is possible stays as it is.
    """
    refused: dict[int, EditRefused] = {}
    try:
        encoding = page_encoding(page)
        document = soup.parse(page, encoding=encoding, strict=True)
    except EditRefused as error:
        return EditResult(page, False, frozenset(), dict.fromkeys(range(len(edits)), error))
    tags = _tags_by_id(document)
    for position, edit in enumerate(edits):
        try:
            check_edit(edit)
            _apply(edit, tags, document)
        except EditRefused as error:
            refused[position] = error
    edited = frozenset(range(len(edits))) - refused.keys()
    new = _serialise(document, page, encoding) if edited else page
    return EditResult(new, new != page, edited, refused)


def _tags_by_id(document: BeautifulSoup) -> dict[str, Tag]:
    tags: dict[str, Tag] = {}
    for tag in soup.tags_with_id(document)[0]:
        tags.setdefault(str(tag["id"]), tag)
    return tags


def _apply(edit: Edit, tags: Mapping[str, Tag], document: BeautifulSoup) -> None:
    tag = tags.get(edit.tag_id)
    if tag is None or all(parent is not document for parent in tag.parents):
        raise TagNotFound(f"No tag with id {edit.tag_id!r} in the page; add one or correct the job's tag id.")
    if edit.is_content:
        _set_content(tag, edit)
    elif edit.kind == "style":
        tag["style"] = _style(tag, edit)
    else:
        start_tag = _start_tag(tag)
        check_attribute_target(start_tag, tag.name.encode(), edit.attribute)
        tag[edit.attribute.lower()] = _cleaned(cast(str, edit.value))


def _set_content(tag: Tag, edit: Edit) -> None:
    name = tag.name.encode()
    check_content_target(edit, Span(0, 0, name, b"html", is_void=name in VOID))
    value = _cleaned(cast(str, edit.value))
    if edit.kind == "text":
        tag.string = value
        return
    tag.clear()
    tag.extend(list(soup.parse_fragment(clean_fragment(value)).contents))


def _style(tag: Tag, edit: Edit) -> str:
    changes = cast(Mapping[str, StyleValue], edit.value)
    if edit.replace or "style" not in tag.attrs:
        new = new_style(changes, "utf-8", quote=b'"')
    else:
        old = escape_attribute(str(tag["style"]), "utf-8", quote=b'"')
        new = merge_style(old, changes, "utf-8", quote=b'"')
    return unescape_attribute(new.decode("utf-8"))


def _start_tag(tag: Tag) -> bytes:
    names = " ".join(tag.attrs)
    return f"<{tag.name} {names}>".encode()


def _cleaned(value: str) -> str:
    return encode_text(value, "utf-8").decode("utf-8")


def _serialise(document: BeautifulSoup, page: bytes, encoding: str) -> bytes:
    mark = codecs.BOM_UTF8 if page.startswith(codecs.BOM_UTF8) else b""
    text = document.decode(eventual_encoding=None)  # type: ignore[arg-type]  # keeps what <meta> declares
    return mark + encode_text(text, encoding)
