"""A file to an address, over as many broken lines as it takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ..exceptions import CannotUpload
from .exceptions import LineBroken, UploadRefused
from .line import TIMEOUT_S, Line
from .memory import Memory, NoMemory, cache_folder, fingerprint, sweep
from .transfer import Transfer

CHUNK_BYTES = 4 * 2**20
_LEAST_BYTES = 64 * 2**10
_LONGEST_PAUSE_S = 30.0
_PASSING = frozenset({408, 423, 425, 429, 460, 500, 502, 503, 504})
_FINAL = frozenset({"already_there", "call_failed", "quota_exceeded"})


@dataclass(frozen=True)
class Progress:
    """How many bytes of ``size`` have been sent, and what is waited for, if anything."""

    sent: int
    size: int
    trouble: str = ""


def upload_file(
    path: str | PathLike[str],
    url: str,
    *,
    text: Mapping[str, str] | None = None,
    token: str = "",
    chunk_bytes: int = CHUNK_BYTES,
    resume: bool = True,
    retries: int = 8,
    timeout_s: float = TIMEOUT_S,
    on_progress: Callable[[Progress], None] | None = None,
    folder: Path | None = None,
) -> Any:
    """Send the file to a handler's or a folder's address and return its reply, JSON as values.

    ``resume``: go on where an earlier call, or an earlier program, was broken off; what that takes is kept
    in ``folder``, by default in the user's cache folder. ``retries``: failures in a row. Raises LineBroken,
    after which the same call goes on; UploadRefused; CannotUpload.
    """
    path, fields = Path(path), dict(text or {})
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    line = Line(url, headers=headers, timeout_s=timeout_s)
    tell = _teller(path, on_progress)
    try:
        memory = (
            _memory(path, url=url, text=fields, folder=folder or cache_folder()) if resume else NoMemory()
        )
        transfer = Transfer(path, line, text=fields, chunk_bytes=chunk_bytes, memory=memory, tell=tell)
        return _persist(transfer, tell, retries=retries)
    except OSError as error:
        raise CannotUpload(f"{path} cannot be read: {error.strerror or error}.") from error
    finally:
        line.close()


def _teller(path: Path, on_progress: Callable[[Progress], None] | None) -> Callable[..., None]:
    def tell(sent: int, *, trouble: str = "") -> None:
        if on_progress is not None:
            on_progress(Progress(sent, path.stat().st_size, trouble))

    return tell


def _memory(path: Path, *, url: str, text: dict[str, str], folder: Path) -> Memory:
    sweep(folder)
    return Memory(fingerprint(path, url=url, text=text), folder=folder)


def _persist(transfer: Transfer, tell: Callable[..., None], *, retries: int) -> Any:
    """Try again, later each time, for as long as a later try may do better."""
    failures, reached = 0, 0
    while True:
        try:
            return transfer.run()
        except (LineBroken, UploadRefused) as error:
            failures = 1 if transfer.offset > reached else failures + 1
            reached = max(reached, transfer.offset)
            if failures > retries or not _may_pass(error, transfer):
                raise
            tell(transfer.offset, trouble=str(error))
            time.sleep(_pause_s(error, failures))


def _may_pass(error: LineBroken | UploadRefused, transfer: Transfer) -> bool:
    """Whether a later try may do better, or one with less at once."""
    before = transfer.chunk_bytes
    transfer.chunk_bytes = min(before, max(before // 2, _LEAST_BYTES))
    if isinstance(error, LineBroken):
        return True
    if error.said in _FINAL:
        return False
    if error.status == 413:
        return transfer.location is not None and transfer.chunk_bytes < before
    return error.status in _PASSING or (error.status == 409 and transfer.location is not None)


def _pause_s(error: LineBroken | UploadRefused, failures: int) -> float:
    if isinstance(error, UploadRefused) and error.status == 413:
        return 0.0
    longest: float = min(0.25 * 2**failures, _LONGEST_PAUSE_S)
    wished = error.pause_s if isinstance(error, UploadRefused) else 0.0
    return max(wished, longest * random.uniform(0.5, 1.0))
