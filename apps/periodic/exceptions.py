"""What can go wrong from a job's schedule to its value's place in a page."""

from __future__ import annotations

from ..core.exceptions import CallFailed, SmallwebError


class PeriodicError(SmallwebError):
    """A fault of a job or of its page."""

    code = "periodic_error"


class ScheduleError(PeriodicError):
    """An interval, cron text, time zone or date of which no schedule can be made."""

    code = "bad_schedule"


class JsonValueMissing(PeriodicError):
    """The document has nothing at this path."""

    code = "json_value_missing"


class ValueRefused(CallFailed):
    """The function's value is not of the kind that its job takes."""

    code = "value_refused"


class PageTooLarge(PeriodicError):
    """The page has more bytes than jobs may work on."""

    code = "page_too_large"


class PageNotReadable(PeriodicError):
    """The system refused to read the page."""

    code = "page_not_readable"


class PageChanged(PeriodicError):
    """Someone else changed the page between reading and writing; nothing was written."""

    code = "page_changed"


class PageBusy(PeriodicError):
    """Another writer held the page longer than one may wait."""

    code = "page_busy"


class LockUnusable(PeriodicError):
    """The system did not let the page be locked; nothing was written."""

    code = "lock_unusable"


class PageNotWritable(PeriodicError):
    """The system refused the write; the page is as it was."""

    code = "page_not_writable"


class DurabilityUnknown(PeriodicError):
    """The page is written and readers see it, but the disk did not confirm it."""

    code = "durability_unknown"


class EditRefused(PeriodicError):
    """The page stays as it is, because the edit is impossible, unsafe, or would reach too far."""

    code = "edit_refused"


class PageNotDecodable(EditRefused):
    """The page is in an encoding that bytes cannot be spliced into, or breaks its own encoding."""

    code = "page_not_decodable"


class PageNotParsable(EditRefused):
    """The page is too large, too deep or too broken for the parser that was asked to read it."""

    code = "page_not_parsable"


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
