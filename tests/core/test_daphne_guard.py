from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.core.daphne_peers import MIB, Server, is_settled, serving
from tests.core.guarded_server import MESSAGE_LIMIT_BYTES
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server") / "stderr") as server:
        yield server


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
        server.get("/go-on")
        assert {client.recv(timeout=10) for _ in range(messages)} == {str(MESSAGE_LIMIT_BYTES)}
        sender.join()


def test_a_socket_whose_client_reads_gets_everything(server: Server) -> None:
    pieces = 16 * MIB // 2**16
    with connect(f"ws://127.0.0.1:{server.port}/") as client:
        client.send(f"flood {pieces}")
        assert sum(len(client.recv(timeout=10)) for _ in range(pieces)) == 16 * MIB
