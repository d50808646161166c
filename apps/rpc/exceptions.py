"""What can be wrong with served objects and calls."""

from __future__ import annotations

from ..core.exceptions import SmallwebError


class CannotServe(SmallwebError):
    """An object, or a member of it, cannot be served as the code asks."""

    code = "cannot_serve"


class NoSuchMember(SmallwebError):
    """Nothing that this caller may know of has this path."""

    code = "no_such_member"


class NoValue(SmallwebError):
    """The attribute has no value: it was deleted, or not set yet."""

    code = "no_value"


class NotStored(SmallwebError):
    """A value that is no JSON cannot be tracked."""

    code = "not_stored"
