from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.core.guarded_server import LIMIT_BYTES, MESSAGE_LIMIT_BYTES
from tests.source import ROOT
from tests.waiting import wait_for

MIB = 2**20


@dataclass
class Server:
    port: int
    process: psutil.Process

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def rss(self) -> int:
        return int(self.process.memory_info().rss)

    def peers(self) -> int:
        return sum(found.status == psutil.CONN_ESTABLISHED for found in self.process.net_connections())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "stderr"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    command = [sys.executable, "-m", "tests.core.guarded_server", "1.0"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
        ) as process,
    ):  # fmt: skip
        assert process.stdin and process.stdout
        line = process.stdout.readline()
        assert line, log.read_text()
        server = Server(port=int(line), process=psutil.Process(process.pid))
        yield server
        process.stdin.close()
        process.wait(10)


def send_all(peer: socket.socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        peer.sendall(data)


def read_all(peer: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := peer.recv(2**16):
            received += piece
    return received


def test_a_body_within_the_limit_arrives_whole(server: Server) -> None:
    connection = server.connection()
    connection.request("POST", "/", body=b"b" * LIMIT_BYTES)
    assert connection.getresponse().read() == str(LIMIT_BYTES).encode()
    connection.close()


def test_a_body_over_the_limit_hears_413_and_nothing_is_stored(server: Server) -> None:
    with server.raw() as peer:
        before = server.rss()
        peer.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (200 * MIB))
        received = peer.recv(2**16)
        assert received.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
        assert b"\r\nConnection: close\r\n" in received
        assert str(LIMIT_BYTES).encode() in received.partition(b"\r\n\r\n")[2]
        largest = before
        for _ in range(200):
            send_all(peer, b"x" * MIB)
            largest = max(largest, server.rss())
        assert read_all(peer) == b""
    assert largest - before < 30 * MIB


def test_the_answer_reaches_a_client_that_sends_first_and_reads_later(server: Server) -> None:
    connection = server.connection()
    connection.request("POST", "/", body=b"x" * (20 * MIB))
    response = connection.getresponse()
    assert response.status == 413
    assert response.getheader("Connection") == "close"
    assert str(LIMIT_BYTES) in response.read().decode()
    connection.close()


def test_a_client_that_asks_before_it_sends_is_not_told_to_go_on(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
            % (2 * LIMIT_BYTES)
        )
        received = read_all(peer)
    assert received.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in received


def test_chunks_are_counted(server: Server) -> None:
    chunk = b"10000\r\n" + b"c" * 0x10000 + b"\r\n"
    with server.raw() as peer:
        before = server.rss()
        peer.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100 * MIB // 0x10000):
            send_all(peer, chunk)
        assert server.rss() - before < 30 * MIB
        assert read_all(peer).startswith(b"HTTP/1.1 413")


def test_chunks_within_the_limit_arrive_whole(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
        )
        assert read_all(peer).endswith(b"1\r\n7\r\n0\r\n\r\n")


def test_a_refused_request_runs_nothing_even_when_its_body_is_there_already(server: Server) -> None:
    body = b"x" * (LIMIT_BYTES + 1)
    follower = b"GET /follower HTTP/1.1\r\nHost: x\r\n\r\n"
    with server.raw() as peer:
        send_all(
            peer, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body + follower
        )
        received = read_all(peer)
    assert received.count(b"HTTP/1.1 ") == 1


def test_requests_in_one_connection_are_answered_in_order(server: Server) -> None:
    requests = [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % n + b"p" * n for n in (3, 5, 7)]
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server.raw() as peer:
        peer.sendall(b"".join(requests) + last)
        received = read_all(peer)
    assert [int(n) for n in re.findall(rb"\r\n1\r\n(\d)\r\n0\r\n", received)] == [3, 5, 7, 0]


def test_a_request_before_the_refused_one_is_answered(server: Server) -> None:
    small = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
    with server.raw() as peer:
        peer.sendall(small + b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        received = read_all(peer)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"413"]


def test_a_form_of_many_parts_holds_nobody_up(server: Server) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    body = part * (LIMIT_BYTES // len(part) - 1) + b"--b--\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    before = server.process.cpu_times().user
    for _ in range(10):  # 200,000 parts
        with server.raw() as peer:
            peer.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert read_all(peer).startswith(b"HTTP/1.1 200")
    assert server.process.cpu_times().user - before < 1.5  # parsed by Twisted: over 4 s


def test_a_long_answer_waits_for_its_reader(server: Server) -> None:
    with server.raw() as peer:
        before = server.rss()
        peer.sendall(
            b"GET /stream?%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (100 * MIB // 2**16)
        )
        received = len(peer.recv(2**16))
        largest = before
        while piece := peer.recv(2**20):
            received += len(piece)
            largest = max(largest, server.rss())
    assert received > 100 * MIB
    assert largest - before < 30 * MIB


def test_a_reader_that_stops_reading_an_answer_is_dropped(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(b"GET /stream?%d HTTP/1.1\r\nHost: x\r\n\r\n" % (100 * MIB // 2**16))
        wait_for(lambda: server.peers() == 1, limit_s=15)
        wait_for(lambda: server.peers() == 0, limit_s=15)


def test_an_answer_that_breaks_off_does_not_look_complete(server: Server) -> None:
    connection = server.connection()
    connection.request("GET", "/broken")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        connection.getresponse().read()
    connection.close()
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"0"
    connection.close()


def test_a_socket_takes_messages_up_to_the_limit(server: Server) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        client.send("m" * MESSAGE_LIMIT_BYTES)
        assert client.recv() == str(MESSAGE_LIMIT_BYTES)


@pytest.mark.parametrize("message", ["m" * (2 * MESSAGE_LIMIT_BYTES), ["f" * 50_000] * 3])
def test_a_socket_message_over_the_limit_closes_with_1009(server: Server, message: str | list[str]) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        client.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
    assert closed.value.rcvd and closed.value.rcvd.code == 1009


def test_a_huge_frame_is_not_stored(server: Server) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        before = server.rss()
        with contextlib.suppress(ConnectionClosed, ConnectionError):
            client.send(b"h" * (100 * MIB))
        assert server.rss() - before < 30 * MIB


def test_the_limit_for_messages_from_clients_does_not_bind_the_application(server: Server) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        client.send(f"send {4 * MESSAGE_LIMIT_BYTES}")
        assert len(client.recv(timeout=10)) == 4 * MESSAGE_LIMIT_BYTES


@pytest.mark.parametrize("sending", ["flood", "burst"])
def test_a_socket_whose_client_does_not_read_is_dropped(server: Server, sending: str) -> None:
    before = server.rss()
    with connect(
        f"ws://127.0.0.1:{server.port}/", max_queue=1, ping_interval=None, close_timeout=1
    ) as client:
        client.send(f"{sending} {64 * MIB // 2**16}")
        wait_for(lambda: server.peers() == 0, limit_s=15)
    assert server.rss() - before < 30 * MIB


def test_a_socket_takes_no_more_than_the_application_reads(server: Server) -> None:
    messages, sent, before = 1600, [], server.rss()
    with connect(f"ws://127.0.0.1:{server.port}/", ping_interval=None, max_queue=None) as client:

        def flood() -> None:
            client.send("stop")
            for _ in range(messages):
                client.send("m" * MESSAGE_LIMIT_BYTES)
                sent.append(1)

        sender = threading.Thread(target=flood)
        sender.start()
        wait_for(lambda: bool(sent) and is_settled(lambda: len(sent)), limit_s=15)
        assert len(sent) < messages
        assert server.rss() - before < 30 * MIB
        connection = server.connection()
        connection.request("GET", "/go-on")
        assert connection.getresponse().read() == b"0"
        connection.close()
        assert {client.recv(timeout=10) for _ in range(messages)} == {str(MESSAGE_LIMIT_BYTES)}
        sender.join()


def is_settled(value: Callable[[], int]) -> bool:
    """Say whether the value stays the same for half a second."""
    looks = []
    for _ in range(10):
        looks.append(value())
        time.sleep(0.05)
    return len(set(looks)) == 1


def test_a_socket_whose_client_reads_gets_everything(server: Server) -> None:
    pieces = 16 * MIB // 2**16
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        client.send(f"flood {pieces}")
        assert sum(len(client.recv(timeout=10)) for _ in range(pieces)) == 16 * MIB
