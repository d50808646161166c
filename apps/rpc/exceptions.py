"""What can be wrong with served objects and calls."""

from __future__ import annotations

from ..core.exceptions import NothingThere, SmallwebError


class CannotServe(SmallwebError):
    """An object, or a member of it, cannot be served as the code asks."""

    code = "cannot_serve"


class NoValue(NothingThere):
    """The attribute has no value: it was deleted, or not set yet."""

    code = "no_value"


class NotStored(SmallwebError):
    """A value that is no JSON cannot be tracked."""

    code = "not_stored"
