"""Small pictures of kept pictures: made anew from their pixels, so that nothing else of a file is shown."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...core.executions import Task, tasks
from ...core.write_turn import write_turn
from ..models import StoredFile
from .blobs import Root, get_root

logger = logging.getLogger(__name__)

SIZE = (320, 320)
CONTENT_TYPE = "image/webp"
MAX_PIXELS = 25_000_000
_QUALITY = 80
_MEMORY_MB = 2048
_TIMEOUT_S = 30.0
# Formats as Pillow calls them: nothing else is tried, whatever the bytes look like.
_FORMATS = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF",
}  # fmt: skip


class _TooManyPixels(ValueError):
    pass


def wish_preview(file: StoredFile) -> None:
    """Have a worker make the preview once the transaction has committed, if the file may have one."""
    if file.content_type in _FORMATS and has_pillow():
        preview_task.enqueue(file=file.pk)


def has_pillow() -> bool:
    """Whether pictures can be read: by the extra ``images``."""
    try:
        import PIL  # noqa: F401
    except ImportError:
        return False
    return True


def make_preview(file: int) -> str:
    """Keep a preview of the stored file with this key of its row; return what became of it, for the run.

    A picture that is too large, broken or none gets no preview, and is not tried again.
    """
    row = StoredFile.objects.filter(pk=file, preview_key="").first()
    if row is None or row.content_type not in _FORMATS:
        return "The file is gone, or has a preview, or is no picture."
    root = get_root(row.root)
    with _temporary(root) as temporary:
        try:
            with root.open(row.key) as source:
                _draw(source, _FORMATS[row.content_type], temporary)
        except Exception as error:  # decoders of bytes from strangers raise anything
            logger.warning("file=%s has no preview: %s: %s", row.uuid, type(error).__name__, error)
            return f"No preview: {type(error).__name__}: {error}"[:500]
        return _keep(row, root, temporary)


def _draw(source: IO[bytes], kind: str, target: Path) -> None:
    """Write the first frame, upright, with none of the metadata."""
    from PIL import Image, ImageOps

    with Image.open(source, formats=(kind,)) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _TooManyPixels(f"{width} x {height} pixels; up to {MAX_PIXELS} are drawn.")
        image.thumbnail(SIZE)
        upright = ImageOps.exif_transpose(image)
        pixels = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        clean = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    with target.open("xb") as file:
        clean.save(file, "WEBP", quality=_QUALITY)


def _keep(row: StoredFile, root: Root, temporary: Path) -> str:
    key = root.keep(temporary)
    with write_turn():
        named = StoredFile.objects.filter(pk=row.pk, preview_key="").update(preview_key=key)
    if not named:
        root.delete(key)
        return "The file was deleted meanwhile."
    return "A preview is kept."


@contextmanager
def _temporary(root: Root) -> Iterator[Path]:
    path = root.receiving(f"{uuid.uuid4()}.preview")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


preview_task = Task(
    name="smallweb.uploads.preview",
    origin=f"{__name__}.make_preview",
    function=make_preview,
    timeout_s=_TIMEOUT_S,
    max_attempts=1,
    at_most_once=True,
    memory_mb=_MEMORY_MB,
    priority="low",
)
tasks.register(preview_task)
