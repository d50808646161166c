"""Delete a file of a folder."""

from __future__ import annotations

from typing import Any

from ...core.write_turn import write_turn
from ..exceptions import NothingHere
from ..models import StoredFile
from .find_file import NOTHING, find_file
from .policy import FolderRules
from .put_file import ANY_STATE, Preconditions
from .store_file import delete_file


def delete_at(folder: FolderRules, path: str, *, user: Any, preconditions: Preconditions = ANY_STATE) -> None:
    """Delete the file at the path, its bytes with it. Raises NothingHere, PreconditionFailed."""
    with write_turn():
        found = find_file(folder, path, user=user)
        held = StoredFile.objects.select_for_update().filter(pk=found.pk).first()
        if held is None:
            raise NothingHere(NOTHING)
        preconditions.require(held)
        delete_file(held)
