from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.core.daphne_peers import MIB, Sender, Server, chunked, post, read_all, read_until, serving
from tests.core.guarded_server import IDLE_S
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that leaves the limit to the application."""
    with serving(tmp_path_factory.mktemp("server") / "stderr", "unlimited") as server:
        yield server


def test_the_application_begins_with_the_headers_and_hears_each_piece(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/lengths", 6))
        for piece, end in (
            (b"a", b"2\r\n1,\r\n"),
            (b"bc", b"2\r\n2,\r\n"),
            (b"def", b"2\r\n3.\r\n0\r\n\r\n"),
        ):
            peer.sendall(piece)
            read_until(peer, end)


def test_chunks_stream_as_well(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(chunked("/lengths"))
        for chunk, end in ((b"3\r\nabc\r\n", b"\r\n3,\r\n"), (b"1\r\na", b"\r\n1,\r\n")):
            peer.sendall(chunk)
            read_until(peer, end)
        peer.sendall(b"\r\n0\r\n\r\n")
        read_until(peer, b"\r\n0.\r\n0\r\n\r\n")


def test_a_body_waits_for_the_application_on_the_line_and_nowhere_else(server: Server) -> None:
    pieces = 64
    with server.raw() as peer:
        before = largest = server.rss()
        peer.sendall(post("/wait", pieces * MIB, "Connection: close"))
        sender = Sender(peer, pieces)
        wait_for(sender.is_stuck, limit_s=15)
        assert server.rss() - before < 8 * MIB
        files = [link.readlink() for link in Path(f"/proc/{server.process.pid}/fd").iterdir()]
        assert not [file for file in files if file.name.endswith("(deleted)")]
        server.get("/go-on")
        while sender.is_alive():
            largest = max(largest, server.rss())
        assert read_all(peer).endswith(b"\r\n%d\r\n0\r\n\r\n" % (pieces * MIB))
    assert largest - before < 20 * MIB


def test_chunks_of_one_byte_wait_on_the_line_too(server: Server) -> None:
    with server.raw() as peer:
        before = server.rss()
        peer.sendall(chunked("/wait"))
        peer.settimeout(1)
        with pytest.raises(TimeoutError):
            for _ in range(64):
                peer.sendall(b"1\r\nx\r\n" * (MIB // 6))
        assert server.rss() - before < 8 * MIB
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # takes them back
    server.get("/go-on")


def test_an_answer_and_a_body_that_nobody_reads_do_not_loosen_each_other(server: Server) -> None:
    with server.raw() as peer:
        before = largest = server.rss()
        peer.sendall(post(f"/stream-first?{64 * MIB // 2**16}", 64 * MIB))
        sender, received = Sender(peer, 64), 0
        while received < 64 * MIB:
            received += len(peer.recv(2**18))
            largest = max(largest, server.rss())
        assert sender.sent < 32
        assert largest - before < 20 * MIB
        read_until(peer, b"\r\n%d\r\n0\r\n\r\n" % (64 * MIB))
        assert peer.recv(1) == b""  # its answer began before the body's end: the connection is not kept


def test_a_client_that_goes_away_leaves_what_it_sent(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/", 60 * MIB))
        peer.sendall(b"x" * (30 * MIB))
    with server.raw() as peer:
        peer.sendall(chunked("/") + b"5\r\nabcde\r\n5\r\nab")
    wait_for(lambda: {"7", str(30 * MIB)} <= set(server.get("/cuts").split()))


def test_only_a_client_that_stops_by_itself_is_idle(server: Server) -> None:
    with server.raw() as idle, server.raw() as held:
        held.sendall(post("/wait", 32 * MIB))
        sender = Sender(held, 32)
        wait_for(sender.is_stuck, limit_s=15)
        idle.settimeout(IDLE_S + 15)
        idle.sendall(post("/", 10) + b"idle")
        assert idle.recv(1) == b""
        server.get("/go-on")
        read_until(held, b"\r\n%d\r\n0\r\n\r\n" % (32 * MIB))
        held.sendall(post("/", 2) + b"ok")
        read_until(held, b"\r\n2\r\n0\r\n\r\n")
    wait_for(lambda: "4" in server.get("/cuts").split())


def test_an_application_that_falls_silent_holds_no_client(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/silent", 20 * MIB) + b"x" * (20 * MIB))
        wait_for(lambda: server.peers() == 1)
    wait_for(lambda: server.peers() == 0)


def test_a_websocket_opens_after_a_body_in_the_same_connection(server: Server) -> None:
    peer = server.raw()
    peer.sendall(post("/", 2) + b"ok")
    read_until(peer, b"\r\n2\r\n0\r\n\r\n")
    with connect(f"ws://127.0.0.1:{server.port}/", sock=peer) as client:
        client.send("four")
        assert client.recv() == "4"
