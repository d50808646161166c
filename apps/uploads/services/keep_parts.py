"""Files of an upload that wait for a worker: what its row says of them, and back."""

from __future__ import annotations

from typing import Any

from ..models import StoredFile
from ..received_file import ReceivedFile
from .blobs import get_root


def plain_of(file: ReceivedFile) -> dict[str, Any]:
    """Return a file of the disk as JSON."""
    return {
        "field": file.field,
        "filename": file.filename,
        "content_type": file.content_type,
        "declared_type": file.declared_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        **({"temporary": file.path.name} if file.stored is None else {"stored": file.stored.pk}),
    }


def received_of(part: dict[str, Any], *, root: str) -> ReceivedFile:
    """Return the file that ``plain_of`` has described. Raises NothingHere for one that is gone."""
    about = {name: value for name, value in part.items() if name not in ("temporary", "stored")}
    if "temporary" in part:
        return ReceivedFile(**about, content=get_root(root).receiving(part["temporary"]))
    stored = StoredFile.objects.select_related("folder").get(pk=part["stored"])
    return ReceivedFile(**about, content=content_of(stored), stored=stored)


def content_of(stored: StoredFile) -> Any:
    """Return where a kept file lies, or all of it where a storage has it that is not on this disk."""
    root = get_root(stored.root)
    path = root.path(stored.key)
    if path is not None:
        return path
    with root.open(stored.key) as file:
        return file.read()


def discard_parts(parts: list[dict[str, Any]], *, root: str) -> None:
    """Remove the temporary files of an upload."""
    for part in parts:
        if "temporary" in part:
            get_root(root).receiving(part["temporary"]).unlink(missing_ok=True)
