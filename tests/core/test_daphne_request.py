from __future__ import annotations

import http.client
import re
from collections.abc import Iterator

import pytest

from tests.core.daphne_peers import MIB, Server, chunked, post, read_all, read_until, send_all, serving
from tests.core.guarded_server import LIMIT_BYTES
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server") / "stderr") as server:
        yield server


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that leaves the limit to the application."""
    with serving(tmp_path_factory.mktemp("unlimited") / "stderr", "unlimited") as server:
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


def test_a_body_over_the_limit_is_the_applications_own_matter_if_it_says_so(unlimited: Server) -> None:
    connection = unlimited.connection()
    for body in (b"x" * (3 * LIMIT_BYTES), iter([b"x" * LIMIT_BYTES] * 3)):
        connection.request("POST", "/", body=body)
        assert connection.getresponse().read() == b"%d" % (3 * LIMIT_BYTES)
    connection.close()


def test_what_asks_for_a_websocket_has_the_limit_always(unlimited: Server) -> None:
    with unlimited.raw() as peer:
        peer.sendall(post("/", LIMIT_BYTES + 1, "Connection: Upgrade", "Upgrade: websocket"))
        assert read_all(peer).startswith(b"HTTP/1.1 413")


def test_an_answer_that_began_is_cut_when_its_body_passes_the_limit(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(chunked("/lengths") + b"1\r\na\r\n")
        read_until(peer, b"\r\n1,\r\n")
        send_all(peer, (b"80000\r\n" + b"c" * 0x80000 + b"\r\n") * 3 + b"0\r\n\r\n")
        received = read_all(peer)
    assert b"413" not in received
    assert not received.endswith(b"0\r\n\r\n")


def test_an_answer_without_a_look_at_the_body_reaches_a_client_that_still_sends(unlimited: Server) -> None:
    connection = unlimited.connection()
    connection.request("POST", "/refuse", body=b"x" * (20 * MIB))
    response = connection.getresponse()
    assert (response.status, response.getheader("Connection"), response.read()) == (403, "close", b"no")
    connection.close()


def test_a_client_that_sends_for_ever_after_its_answer_is_let_go(unlimited: Server) -> None:
    with unlimited.raw() as peer:
        peer.sendall(post("/refuse", 2**40))
        with pytest.raises(ConnectionError):
            while True:
                peer.sendall(b"x" * MIB)


def test_the_rest_of_a_body_is_never_taken_for_a_request(unlimited: Server) -> None:
    hidden = b"GET /go-on HTTP/1.1\r\nHost: x\r\n\r\n"
    with unlimited.raw() as peer:
        peer.sendall(post("/refuse", 2 * len(hidden)) + hidden)
        received = read_until(peer, b"no")
        send_all(peer, hidden + hidden)
        received += read_all(peer)
    assert received.count(b"HTTP/1.1 ") == 1


def test_a_connection_is_kept_when_the_body_was_there_to_its_end(server: Server) -> None:
    with server.raw() as peer:
        for _ in range(2):
            peer.sendall(post("/refuse", 2) + b"ok")
            assert b"close" not in read_until(peer, b"no")
        peer.sendall(post("/", 2, "Connection: close") + b"ok")
        assert read_all(peer).startswith(b"HTTP/1.1 200")


def test_a_request_waits_for_the_one_before_it(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/wait", 3) + b"abc" + post("/lengths", 4) + b"de")
        peer.settimeout(0.3)
        with pytest.raises(TimeoutError):
            peer.recv(1)
        peer.settimeout(20)
        server.get("/go-on")
        assert b"\r\n3\r\n0\r\n\r\nHTTP/1.1 200" in read_until(peer, b"\r\n2,\r\n")
        peer.sendall(b"fg")
        read_until(peer, b"\r\n2.\r\n0\r\n\r\n")


def test_a_client_that_asks_is_told_to_go_on_when_the_application_reads(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/", 2, "Expect: 100-continue", "Connection: close"))
        assert read_until(peer, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b"ok")
        assert read_all(peer).startswith(b"HTTP/1.1 200")
    with server.raw() as peer:
        peer.sendall(post("/refuse", 2, "Expect: 100-continue"))
        assert read_all(peer).startswith(b"HTTP/1.1 403")


def test_an_application_that_fails_while_the_body_comes_is_answered_for(unlimited: Server) -> None:
    connection = unlimited.connection()
    connection.request("POST", "/fails", body=b"x" * (20 * MIB))
    assert connection.getresponse().status == 500
    connection.close()


def test_a_bad_header_before_a_body_hears_400(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(post("/caf\u00e9", 5, "Expect: 100-continue"))
        received = read_all(peer)
    assert received.startswith(b"HTTP/1.1 400")
    assert b"100 Continue" not in received


def test_a_chunk_without_a_length_ends_the_request(server: Server) -> None:
    with server.raw() as peer:
        peer.sendall(chunked("/") + b"3\r\nabc\r\nnonsense\r\n")
        assert read_all(peer).startswith(b"HTTP/1.1 400")
    wait_for(lambda: "3" in server.get("/cuts").split())


@pytest.mark.parametrize(("handler", "size"), [("/django/", 3 * MIB), ("/suite/", LIMIT_BYTES // 2)])
def test_django_reads_forms_and_files_as_before(unlimited: Server, handler: str, size: int) -> None:
    part = "--b\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n"
    form = part.format("a", "one") + part.format('"f"; filename="f.bin"', "x" * size) + "--b--\r\n"
    connection = unlimited.connection()
    for body, kind, answer in (
        (b"a=1&b=2", "application/x-www-form-urlencoded", "{'a': '1', 'b': '2'} None"),
        (form.encode(), "multipart/form-data; boundary=b", f"{{'a': 'one'}} {size}"),
    ):
        connection.request("POST", handler, body=body, headers={"Content-Type": kind})
        assert connection.getresponse().read().decode() == answer
    connection.close()
