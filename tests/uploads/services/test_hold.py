"""The file of an upload, which one at a time may write."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smallweb.uploads.exceptions import DiskFull, UploadGone, UploadLocked
from smallweb.uploads.models import Upload
from smallweb.uploads.services.hold import hold, make_file, path_of, remove_file, size_of, try_hold
from tests.waiting import wait_for

pytestmark = pytest.mark.once

_HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def upload(root: Path) -> Upload:
    made = Upload(protocol=Upload.Protocol.TUS)
    make_file(made)
    return made


@contextmanager
def file_limit(size_bytes: int) -> Iterator[None]:
    """Have the system refuse files beyond so many bytes, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_one_at_a_time_has_the_file(upload: Upload) -> None:
    first = try_hold(upload)
    assert first is not None
    assert try_hold(upload) is None
    first.release()
    second = try_hold(upload)
    assert second is not None
    second.release()


async def test_who_waits_is_seen_and_gets_it(upload: Upload) -> None:
    first = try_hold(upload)
    assert first is not None
    assert not first.is_wanted()
    with pytest.raises(UploadLocked):
        async with hold(upload, wait_s=0.1):
            pass
    assert first.is_wanted()
    first.release()
    async with hold(upload) as second:
        assert not second.is_wanted(), "the note went with the turn"


def test_the_lock_ends_with_its_process(upload: Upload) -> None:
    command = [sys.executable, "-c", _HOLDER, str(path_of(upload))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert try_hold(upload) is None
        holder.kill()
        holder.wait()
        held = wait_for(lambda: try_hold(upload), what="the lock")
        held.release()


def test_a_file_that_is_gone_or_another_is_not_held(upload: Upload) -> None:
    path = path_of(upload)
    path.unlink()
    for look in (try_hold, size_of):
        with pytest.raises(UploadGone):
            look(upload)
    (path.parent / "kept").write_bytes(b"kept")
    path.symlink_to(path.parent / "kept")
    with pytest.raises(OSError, match="symbolic links"):
        try_hold(upload)


def test_bytes_are_appended_and_cut(upload: Upload) -> None:
    held = try_hold(upload)
    assert held is not None
    held.write(b"abc")
    held.write(b"def")
    held.sync()
    assert (held.size_bytes, size_of(upload)) == (6, 6)
    upload.unverified_from = 4
    assert size_of(upload) == 4
    held.cut(4)
    held.write(b"x")
    held.release()
    assert path_of(upload).read_bytes() == b"abcdx"
    remove_file(upload)
    remove_file(upload)
    assert not path_of(upload).exists()


def test_what_had_room_is_there(upload: Upload) -> None:
    held = try_hold(upload)
    assert held is not None
    with file_limit(100_000), pytest.raises(DiskFull):
        held.write(b"x" * 150_000)
    assert held.size_bytes == 100_000
    held.release()
