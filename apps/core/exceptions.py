"""The root of the suite's errors."""

from __future__ import annotations


class SmallwebError(Exception):
    """A fault that the suite names: what was given, what was wanted, what to do.

    ``code`` is the error's name on the wire and in recorded runs; it never changes once published.
    """

    code = "error"


class NotRegistered(SmallwebError):
    """No code is registered under this name."""

    code = "not_registered"


class AlreadyRegistered(SmallwebError):
    """Two places in the code claim one name."""

    code = "already_registered"


class AccessDenied(SmallwebError):
    """The caller may not do this."""

    code = "access_denied"


class CallFailed(SmallwebError):
    """User code raised, returned what it must not, or ended its process."""

    code = "call_failed"


class CallTimedOut(CallFailed):
    """User code ran longer than it may."""

    code = "call_timed_out"
