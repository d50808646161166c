"""What can be wrong with uploads."""

from __future__ import annotations

from queue import Empty

from ..core.exceptions import SmallwebError


class UploadError(SmallwebError):
    """The root of what uploads refuse. ``status`` is that of HTTP."""

    code = "upload_error"
    status = 400


class CannotUpload(UploadError):
    """A handler, a folder or an option of one cannot be what the code asks."""

    code = "cannot_upload"


class CannotReturnFile(SmallwebError):
    """What a handler gives to ``file_return`` is no file that it may give away.

    A fault of the code's: its sentence has paths and is for the log, not for the caller.
    """

    code = "cannot_return_file"


class BadName(UploadError):
    """A text that is no name of a file."""

    code = "bad_name"


class BadRule(UploadError):
    """A text that is no rule of paths, or of kinds of files."""

    code = "bad_rule"


class BadForm(UploadError):
    """A body that is no form."""

    code = "bad_form"


class NotAllowed(UploadError):
    """No rule of the folder allows this path."""

    code = "not_allowed"
    status = 403


class BadLink(UploadError):
    """A link whose signature is not this site's for this file and time."""

    code = "bad_link"
    status = 403


class AlreadyThere(UploadError):
    """A file has this path, and no rule lets it be replaced."""

    code = "already_there"
    status = 409


class OffsetMismatch(UploadError):
    """The bytes sent do not continue where the upload ends."""

    code = "offset_mismatch"
    status = 409


class BadHeader(UploadError):
    """A header of a resumable upload that is missing, or that nobody could understand."""

    code = "bad_header"


class BadLength(UploadError):
    """Lengths of one upload that contradict each other."""

    code = "bad_length"


class BadParts(UploadError):
    """An upload cannot be joined of these parts."""

    code = "bad_parts"


class NothingHere(UploadError):
    """No upload, file, handler or folder has this address, or it is not the caller's."""

    code = "not_found"
    status = 404


class UploadGone(UploadError):
    """The upload was ended or has expired."""

    code = "gone"
    status = 410


class LinkExpired(UploadError):
    """A signed link whose time is over."""

    code = "link_expired"
    status = 410


class PreconditionFailed(UploadError):
    """The file is not in the state that the request names (If-Match, If-None-Match)."""

    code = "precondition_failed"
    status = 412


class TooLarge(UploadError):
    """More bytes, files or fields than are taken here."""

    code = "too_large"
    status = 413


class QuotaExceeded(UploadError):
    """No room is left in the folder, or for this user."""

    code = "quota_exceeded"
    status = 413


class TooMany(UploadError):
    """More unfinished uploads than one user or address may have."""

    code = "too_many"
    status = 429


class TypeMismatch(UploadError):
    """A file whose content is not what its name says, or of a kind that is not taken here."""

    code = "type_mismatch"
    status = 415


class ChecksumMismatch(UploadError):
    """The bytes that came are not those that were sent. 460 is the status of tus for it."""

    code = "checksum_mismatch"
    status = 460


class UploadLocked(UploadError):
    """Another request writes to the same upload."""

    code = "locked"
    status = 423


class TooSlow(UploadError):
    """The bytes came too slowly, or for too long."""

    code = "too_slow"
    status = 408


class DiskFull(UploadError):
    """The server has no room for it."""

    code = "disk_full"
    status = 507


class QueueEmpty(UploadError, Empty):
    """Nothing came into the queue within the time that a consumer gave it."""

    code = "queue_empty"


class CannotGet(UploadError):
    """Only the consumer of a queue takes items from it, one at a time, outside of transactions."""

    code = "cannot_get"
