"""An edit of one tag, what is refused without looking at a page, and what became of a page's edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..exceptions import EditRefused, TagHoldsNoText, TagNotSelfContained, UnsafeTarget, ValueOfWrongType
from . import names
from .attributes import check_attribute_name, check_attribute_value
from .stack import Span
from .styles import StyleValue, check_declaration

EditKind = Literal["text", "html", "style", "attribute"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A new value for the first element outside of templates that has ``tag_id``.

    ``text`` and ``html`` replace its content with a str. ``attribute`` sets the attribute named
    ``attribute`` to a str. ``style`` takes a mapping of property to value: it is merged into the
    style attribute (an empty value or None takes the property away), or with ``replace`` it becomes
    the whole of it. ``force`` edits an element even if its content is tied to what is around it.
    """

    tag_id: str
    kind: EditKind
    value: str | Mapping[str, StyleValue]
    attribute: str = ""
    force: bool = False
    replace: bool = False

    @property
    def is_content(self) -> bool:
        return self.kind in ("text", "html")


@dataclass(frozen=True, slots=True)
class EditResult:
    """The page after its edits. ``refused`` and ``edited`` are keyed by the edits' positions.

    An edit counts as edited too when the page said so already, or when a later edit of the same
    content won over it.
    """

    page: bytes
    changed: bool
    edited: frozenset[int]
    refused: dict[int, EditRefused]


def check_edit(edit: Edit) -> None:
    """Raise EditRefused for a value that no page may get by this kind of edit."""
    if edit.kind == "style":
        _check_style(edit.value)
        return
    if not isinstance(edit.value, str):
        raise ValueOfWrongType(f"The value for {edit.tag_id!r} is {type(edit.value).__name__}; give a str.")
    if edit.kind == "attribute":
        check_attribute_name(edit.attribute)
        check_attribute_value(edit.attribute, edit.value)
    elif not edit.is_content:
        raise ValueOfWrongType(f"There is no edit of kind {edit.kind!r}; use text, html, style or attribute.")


def check_content_target(edit: Edit, span: Span) -> None:
    """Raise EditRefused if the content of this element must not or cannot be replaced."""
    tag = f"<{span.name.decode('latin-1')} id={edit.tag_id!r}>"
    if span.name in names.CODE:
        raise UnsafeTarget(
            f"{tag} holds code or raw text, which no escaping protects; choose another element."
        )
    if span.is_void:
        raise TagHoldsNoText(f"{tag} has no content; choose another element or edit an attribute.")
    if span.name in names.TEXT_ONLY and span.namespace == b"html" and edit.kind == "html":
        raise UnsafeTarget(f"{tag} holds plain text only; use kind 'text'.")
    if span.risky and not edit.force:
        raise TagNotSelfContained(
            f"{tag} was left alone: {span.risky}. Mend the page, or set force on this tag."
        )


def _check_style(value: object) -> None:
    if not isinstance(value, Mapping):
        raise ValueOfWrongType(f"A style is {type(value).__name__}; give a dict of property and value.")
    for name, text in value.items():
        if (
            not isinstance(name, str)
            or isinstance(text, bool)
            or not isinstance(text, str | int | float | None)
        ):
            raise ValueOfWrongType(
                f"The style {name!r}: {text!r} is not a name with a str, a number or None."
            )
        check_declaration(name, text)
