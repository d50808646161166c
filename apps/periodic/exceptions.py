"""What can go wrong between a value and its place in a page."""

from __future__ import annotations

from ..core.exceptions import SmallwebError


class PeriodicError(SmallwebError):
    """A fault of a job or of its page."""

    code = "periodic_error"


class PageTooLarge(PeriodicError):
    """The page has more bytes than jobs may work on."""

    code = "page_too_large"


class EditRefused(PeriodicError):
    """The page stays as it is, because the edit is impossible, unsafe, or would reach too far."""

    code = "edit_refused"


class PageNotDecodable(EditRefused):
    """The page is in an encoding that bytes cannot be spliced into, or breaks its own encoding."""

    code = "page_not_decodable"


class PageNotReadable(EditRefused):
    """The page is too large, too deep or too broken for the parser that was asked to read it."""

    code = "page_not_readable"


class TagNotFound(EditRefused):
    """No element outside of a template has this id."""

    code = "tag_not_found"


class TagHoldsNoText(EditRefused):
    """The element has no content at all, like ``<input>``."""

    code = "tag_holds_no_text"


class TagOverwritten(EditRefused):
    """Another edit of the same pass replaces the element that this tag is in."""

    code = "tag_overwritten"


class TagNotSelfContained(EditRefused):
    """The element's content is tied to what is around it, so more might change; ``force`` overrides."""

    code = "tag_not_self_contained"


class UnsafeTarget(EditRefused):
    """The element's content is code or raw text, where escaping does not protect."""

    code = "unsafe_target"


class UnsafeAttribute(EditRefused):
    """The attribute, or this value of it, could run code or take the page over."""

    code = "unsafe_attribute"


class UnsafeStyle(EditRefused):
    """The declaration could run code, load something, or reach beyond its own end."""

    code = "unsafe_style"


class UnbalancedFragment(EditRefused):
    """The HTML value would close an element around it or leave one open."""

    code = "unbalanced_fragment"


class ValueOfWrongType(EditRefused):
    """The value is not what this kind of edit takes."""

    code = "value_of_wrong_type"


class ValueNotEncodable(EditRefused):
    """The page's encoding lacks a character of the value, where no numeric reference can stand for it."""

    code = "value_not_encodable"
