from __future__ import annotations

import http.client
import re
from collections.abc import Iterator

import pytest

from tests.core.daphne_peers import MIB, Server, read_all, send_all, serving
from tests.core.guarded_server import LIMIT_BYTES
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server") / "stderr") as server:
        yield server


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
