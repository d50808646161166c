"""Room that is promised before it is filled, so that two uploads cannot both take the last of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Sum

from ...core.write_turn import write_turn
from ..conf import uploads_settings
from ..exceptions import QuotaExceeded
from ..models import StoredFile, Upload, UploadFolder
from .policy import FolderRules


def reserve(upload: Upload, size_bytes: int, *, folder: FolderRules | None) -> None:
    """Let the upload take so much in all of the folder's room and its user's, and save it.

    What is not kept takes nothing. Raises QuotaExceeded; then the upload has what it had.
    """
    with write_turn():
        if folder is not None:
            _lock(upload, folder)
            require_quota(upload, size_bytes, folder=folder)
            upload.reserved_bytes = size_bytes
        upload.save(update_fields=None if upload._state.adding else ["reserved_bytes"])


def kept_bytes(**of: Any) -> int:
    """Return what the stored files take that these conditions select."""
    return StoredFile.objects.filter(**of).aggregate(sum=Sum("size_bytes"))["sum"] or 0


def promised_bytes(**of: Any) -> int:
    """Return what open uploads have been promised."""
    return Upload.objects.open().filter(**of).aggregate(sum=Sum("reserved_bytes"))["sum"] or 0


def _lock(upload: Upload, folder: FolderRules) -> None:
    """Let nobody else reserve meanwhile; SQLite has one writer in any case."""
    list(UploadFolder.objects.select_for_update().filter(pk=folder.pk).values_list("pk"))
    if upload.user_id is not None:
        users = get_user_model()._default_manager
        list(users.select_for_update().filter(pk=upload.user_id).values_list("pk"))


def require_quota(upload: Upload, size_bytes: int, *, folder: FolderRules) -> None:
    """Raise QuotaExceeded unless the folder and the upload's user have room for so much."""
    if folder.quota_bytes is not None:
        taken = kept_bytes(folder=folder.pk) + promised_bytes(folder=folder.name)
        _require(size_bytes, folder.quota_bytes - taken + upload.reserved_bytes, "The folder")
    most = uploads_settings().user_quota_bytes
    if most and upload.user_id is not None:
        taken = kept_bytes(user=upload.user_id) + promised_bytes(user=upload.user_id)
        _require(size_bytes, most - taken + upload.reserved_bytes, "Your account")


def _require(size_bytes: int, left_bytes: int, whose: str) -> None:
    if size_bytes > left_bytes:
        raise QuotaExceeded(
            f"{whose} has room for {max(left_bytes, 0)} bytes more, and this needs {size_bytes}; "
            "delete what is not needed any more."
        )
