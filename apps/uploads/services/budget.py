"""What one request may take of disk, quotas and time."""

from __future__ import annotations

import time
from pathlib import Path

from django.utils import timezone

from ...core.http.body import ClientGone
from ...core.models import State
from ..conf import uploads_settings
from ..exceptions import DiskFull, QuotaExceeded, TooLarge, TooSlow, UploadGone
from ..models import Upload
from .blobs import Root
from .policy import FolderRules
from .quota import reserve
from .tell_rows import tell_uploads

GRACE_S = 30.0
_STEP_BYTES = 64 * 2**20
_TELL_EVERY_S = 1.0


class Pace:
    """How long a body may take: MIN_RATE_BYTES a second after a while of grace, MAX_TIME_S in all."""

    def __init__(self, *, now: float) -> None:
        self._began_at = now
        self.received_bytes = 0

    def deadline(self) -> float:
        """Return until when the next bytes must come, as a moment of the monotonic clock."""
        settings = uploads_settings()
        rate = settings.min_rate_bytes
        longest = self.received_bytes / rate + GRACE_S if rate else settings.max_time_s
        return self._began_at + min(longest, settings.max_time_s)

    def too_slow(self) -> TooSlow:
        return TooSlow(f"The bytes came too slowly; {self.received_bytes} were there in time.")


class Budget:
    """Room for the bytes of one upload; its row is made when the first of them goes to the disk.

    The methods ask disk and database. They raise TooLarge, QuotaExceeded, DiskFull, and UploadGone when an
    operator has aborted the upload.
    """

    def __init__(self, upload: Upload, *, root: Root, folder: FolderRules | None, most_bytes: int) -> None:
        self.upload = upload
        self.root = root
        self._folder = folder
        self._most_bytes = most_bytes
        self._room_bytes = 0
        self._received_bytes = 0
        self._told_at = float("-inf")
        self._places = 0

    def require_length(self) -> None:
        """Raise TooLarge where the request tells that more comes than is taken."""
        self._require(self.upload.length_bytes or 0)

    def begin(self, size_bytes: int) -> None:
        """Have room for so many bytes, or a step more where nobody knows."""
        self._require(size_bytes)
        if size_bytes:
            self._grow(size_bytes)
        else:
            self._grow_ahead(0)
        tell_uploads()

    def settle(self, size_bytes: int) -> None:
        """Have room for just so many bytes: all have come."""
        self._grow(size_bytes)

    def place(self) -> Path:
        """Return where the next file may come to lie."""
        if self.upload._state.adding:
            self.begin(self.upload.length_bytes or 0)
        self._places += 1
        return self.root.receiving(f"{self.upload.uuid}.{self._places}")

    def note(self, received_bytes: int) -> None:
        """Be told now and then how much has come."""
        self._require(received_bytes)
        if self.upload._state.adding:
            return
        self._received_bytes = received_bytes
        if received_bytes > self._room_bytes:
            self._grow_ahead(received_bytes)
        self.look()

    def look(self) -> None:
        """Say in the row how much has come, once a second at the most."""
        is_told = time.monotonic() - self._told_at < _TELL_EVERY_S
        if not (is_told or self.upload._state.adding):
            self._told_at = time.monotonic()
            self._tell(self._received_bytes)

    def abandon(self, error: BaseException) -> None:
        """Give back what was taken: the error has broken the upload off."""
        if self.upload._state.adding or self.upload.is_over:
            return
        is_gone = isinstance(error, ClientGone)
        text = "The client went away." if is_gone else str(error) or type(error).__name__
        self.upload.end(State.CANCELLED if is_gone else State.FAILED, now=timezone.now(), error=text)
        tell_uploads()

    def _require(self, size_bytes: int) -> None:
        if size_bytes > self._most_bytes:
            raise TooLarge(f"A request may bring up to {self._most_bytes} bytes; this has {size_bytes}.")

    def _grow_ahead(self, size_bytes: int) -> None:
        """Have a step more than what has come, or just that where no more room is left."""
        try:
            self._grow(size_bytes + _STEP_BYTES)
        except (QuotaExceeded, DiskFull):
            self._grow(size_bytes)

    def _grow(self, size_bytes: int) -> None:
        self.root.require_room(size_bytes - self._room_bytes)
        reserve(self.upload, size_bytes, folder=self._folder)
        self._room_bytes = size_bytes

    def _tell(self, received_bytes: int) -> None:
        told = {"received_bytes": received_bytes, "active_at": timezone.now()}
        row = Upload.objects.filter(pk=self.upload.pk, state=State.RUNNING)
        if not row.update(**told):
            raise UploadGone("The upload was aborted.")
        tell_uploads()
