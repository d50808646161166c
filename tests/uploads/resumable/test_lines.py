"""Lines that break, hang and cross each other."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.uploads.resumable.client import TusClient, line, patch_head
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

MB = 10**6
# What the server itself held when the line broke is gone with it.
BUFFER = 512 * 2**10


@pytest.fixture
def tus(any_site: Site) -> Iterator[TusClient]:
    client = TusClient(any_site)
    yield client
    client.http.close()


def status_on(connection: socket.socket) -> int:
    """Return the status of the answer that comes on this line."""
    told = connection.recv(65536)
    return int(told.split()[1]) if told else 0


def has_come(tus: TusClient, location: str, size: int) -> None:
    """Wait until so many bytes are in the file; to ask by HEAD would break off who sends."""
    path = tus.site.received(location)
    wait_for(lambda: path.stat().st_size >= size, what=f"{size} bytes")


# A server that streams: the same holds for each of them.
def test_a_cut_at_30_of_60_mb_keeps_30_mb(tus: TusClient) -> None:
    data = os.urandom(60 * MB)
    location = tus.begin(len(data))
    with line(tus.site, "PATCH", location, length=len(data), headers=patch_head(0)) as connection:
        connection.sendall(data[: 30 * MB])
    has_come(tus, location, 30 * MB - BUFFER)
    kept = tus.offset(location)
    assert 30 * MB - BUFFER <= kept <= 30 * MB
    assert tus.site.upload(location)["received_bytes"] == kept
    assert tus.site.received(location).read_bytes() == data[:kept]
    assert tus.patch(location, kept, data[kept:]).status_code == 204
    said = tus.status(location)["data"]
    assert (said["sizes"], said["same"]) == ([60 * MB], True)


def test_a_cut_piece_with_a_checksum_counts_for_nothing(tus: TusClient) -> None:
    location = tus.begin(2 * MB)
    assert tus.patch(location, 0, b"a" * 1000).status_code == 204
    head = patch_head(1000, **{"Upload-Checksum": "sha1 " + "A" * 27 + "="})
    with line(tus.site, "PATCH", location, length=MB, headers=head) as connection:
        connection.sendall(b"b" * (MB - 1))
        has_come(tus, location, 1001)
        assert tus.status(location)["offset"] == 1000, "while they are not known to be right"
    assert tus.offset(location) == 1000
    assert tus.site.received(location).stat().st_size == 1000
    assert tus.site.upload(location)["unverified_from"] is None


def test_a_line_that_hangs_gives_way_to_its_own_client(tus: TusClient) -> None:
    location = tus.begin(3 * MB)
    with line(tus.site, "PATCH", location, length=3 * MB, headers=patch_head(0)) as hanging:
        hanging.sendall(b"a" * MB)
        has_come(tus, location, MB // 2)
        assert tus.status(location)["offset"] <= MB, "to look does not take over"
        assert tus.offset(location) == MB
        assert status_on(hanging) == 423
    assert tus.patch(location, MB, b"b" * (2 * MB)).status_code == 204
    assert tus.status(location)["data"]["sizes"] == [3 * MB]
    note = tus.site.received(location)
    assert not note.with_name(f"{note.name}.takeover").exists()


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_hanging_line_stops_neither_a_piece_nor_an_abort(tus: TusClient, method: str) -> None:
    location = tus.begin(3 * MB)
    with line(tus.site, "PATCH", location, length=3 * MB, headers=patch_head(0)) as hanging:
        hanging.sendall(b"a" * MB)
        has_come(tus, location, MB // 2)
        if method == "PATCH":
            assert tus.patch(location, MB, b"b").status_code == 204
        else:
            assert tus.delete(location).status_code == 204
            assert not tus.site.received(location).exists()


def test_of_two_writers_at_one_offset_nothing_is_mixed(tus: TusClient) -> None:
    location = tus.begin(4 * MB)
    answers: list[int] = []

    def write(letter: bytes) -> None:
        with TusClient(tus.site).http as http:
            head = patch_head(0)
            answers.append(http.patch(location, headers=head, content=iter([letter * MB] * 4)).status_code)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(answers) <= {204, 409, 410, 423}
    if tus.status(location)["status"] == "inProgress":
        content = tus.site.received(location).read_bytes()
        assert len(set(content)) <= 1
        assert tus.offset(location) == len(content)
        assert tus.patch(location, len(content), b"c" * (4 * MB - len(content))).status_code == 204
    assert tus.status(location)["data"]["sizes"] == [4 * MB]


def test_a_client_that_goes_after_the_last_byte_misses_the_answer_alone(tus: TusClient) -> None:
    (tus.site.folder / "go").unlink(missing_ok=True)
    location = tus.begin(3, to="/uploads/waits")
    with line(tus.site, "PATCH", location, length=3, headers=patch_head(0)) as connection:
        connection.sendall(b"abc")
        wait_for((tus.site.folder / "calls").exists, what="the call")
        assert tus.offset(location) == 3, "all is there, though the handler still runs"
        assert tus.delete(location).status_code == 410
    (tus.site.folder / "go").touch()
    wait_for(lambda: tus.status(location)["status"] == "SUCCESS", what="its end")
    assert tus.status(location)["data"] == "went"
    assert (tus.site.folder / "calls").read_text() == "call\n"


def test_a_hash_is_right_though_the_server_has_forgotten_it(own_site: Site) -> None:
    tus = TusClient(own_site)
    location = tus.begin(3 * MB, to="/uploads/keeps")
    assert tus.patch(location, 0, b"a" * MB).status_code == 204
    own_site.kill()
    own_site.start()
    assert tus.patch(location, MB, b"b" * MB).status_code == 204
    assert tus.patch(location, 2 * MB, b"c" * MB).status_code == 204
    assert tus.status(location)["data"]["same"]
    tus.http.close()


def test_what_came_whole_before_a_kill_is_completed_when_the_client_asks(own_site: Site) -> None:
    tus = TusClient(own_site)
    location = tus.begin(3, to="/uploads/waits")
    with line(own_site, "PATCH", location, length=3, headers=patch_head(0)) as connection:
        connection.sendall(b"abc")
        wait_for((own_site.folder / "calls").exists, what="the call")
        own_site.kill()
    (own_site.folder / "go").touch()
    own_site.start()
    assert tus.offset(location) == 3
    assert tus.status(location)["data"] == "went"
    assert (own_site.folder / "calls").read_text() == "call\ncall\n", "at least once"
    tus.http.close()
