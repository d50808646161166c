"""The root of the suite's errors, and those of the shared ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SmallwebError(Exception):
    """A fault that the suite names: what was given, what was wanted, what to do.

    ``code`` is the error's name on the wire and in recorded runs; it never changes once published.
    """

    code = "error"


class PublicError(SmallwebError):
    """Raised by user code: its sentence, code and data are for the caller to read.

    ``rpc_code`` is the number on the wire; JSON-RPC keeps -32768 to -32100 for itself, and -32099 to
    -32000 for servers.
    """

    code = "refused"

    def __init__(
        self, message: str, *, code: str = "", rpc_code: int = -32000, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.rpc_code = rpc_code
        self.data = dict(data or {})


class NotRegistered(SmallwebError):
    """No code is registered under this name."""

    code = "not_registered"


class NothingThere(SmallwebError):
    """What was asked for by name has no value."""

    code = "nothing_there"


class AlreadyRuns(SmallwebError):
    """There may be one such process, and there is one already."""

    code = "already_runs"


class AlreadyRegistered(SmallwebError):
    """Two places in the code claim one name."""

    code = "already_registered"


class AccessDenied(SmallwebError):
    """The caller may not do this."""

    code = "access_denied"


class TokenRefused(AccessDenied):
    """A token that opens no door: unknown, expired, revoked, or its user is disabled."""

    code = "token_refused"


class BadAccessRule(SmallwebError):
    """A text that is no access rule."""

    code = "bad_access_rule"


class CallFailed(SmallwebError):
    """User code raised, returned what it must not, or ended its process."""

    code = "call_failed"


class CallTimedOut(CallFailed):
    """User code ran longer than it may."""

    code = "call_timed_out"


class CallCancelled(CallFailed):
    """User code was asked to end, and has."""

    code = "call_cancelled"


class GiveUp(SmallwebError):
    """Raised by a task itself: another attempt would fail in the same way."""

    code = "gave_up"


class BadArguments(SmallwebError):
    """The arguments do not fit the function or are no JSON, or an option makes no sense."""

    code = "bad_arguments"


class ResultRefused(SmallwebError):
    """What a task returned is no JSON, or too large."""

    code = "result_refused"


class PathRefused(SmallwebError):
    """A path that the suite neither reads nor changes."""

    code = "path_refused"


class OutsideSites(PathRefused):
    """The name or path does not lie in a site folder."""

    code = "outside_sites"


class NoSuchFile(PathRefused):
    """Nothing has this name."""

    code = "no_such_file"


class SymlinkRefused(PathRefused):
    """A part of the path is a symbolic link."""

    code = "symlink_refused"


class NotARegularFile(PathRefused):
    """A folder, pipe, socket or device stands where a file is wanted."""

    code = "not_a_regular_file"


class UnsafeRunDir(SmallwebError):
    """Another user could plant or read files in the run folder."""

    code = "unsafe_run_dir"


class BadTopic(SmallwebError):
    """A text that is no channel name or no filter."""

    code = "bad_topic"


class UnknownNamespace(NotRegistered):
    """No namespace is registered for the first level of this channel."""

    code = "unknown_channel"


class CannotPublish(SmallwebError):
    """The value is no JSON, or too large for a channel."""

    code = "cannot_publish"


class BusUnavailable(SmallwebError):
    """The bus cannot be reached, or does not answer."""

    code = "bus_unavailable"
