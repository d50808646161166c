"""The synchronous client, on a real server."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from smallweb.rpc.client import (
    ApplicationError,
    ConnectionLost,
    Event,
    Refused,
    SyncClient,
    connect_sync,
)
from tests.rpc.client.relay import Relay
from tests.rpc.client.site import Site
from tests.source import ROOT
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@pytest.fixture
def rpc(site: Site) -> Iterator[SyncClient]:
    with connect_sync(site.url) as client:
        yield client


def test_objects_are_used_like_local_ones(rpc: SyncClient) -> None:
    sample = rpc.objects.sample
    assert sample.test_sum(4, 5) == 9
    assert sample.test_sum(4, b=5) == 9
    assert sample.test_sum.__name__ == "test_sum"
    assert sample.test_sum.__doc__ == "sample.test_sum(a: int, b: int = 1) -> int\n\nAdd two numbers."
    assert sample.a == 1
    sample.a = 2
    assert sample.a == 2
    del sample.a
    assert sample.a == 1
    assert "test_sum" in dir(sample)
    assert (repr(sample), sample.__doc__) == ("<remote sample>", "A sample.")
    with pytest.raises(AttributeError, match=r"<remote sample> has no 'nothing'; it has .*test_sum"):
        _ = sample.nothing
    with pytest.raises(AttributeError):
        _ = sample._ended
    with pytest.raises(AttributeError):
        sample.nothing = 1


def test_calls_errors_batches_and_notifications(rpc: SyncClient) -> None:
    assert rpc.is_online
    assert rpc.call("sample.test_sum", a=4) == 5
    with pytest.raises(ApplicationError, match="The oven is cold"):
        rpc.call("sample.fail")
    with rpc.batch() as batch:
        three = batch.call("sample.test_sum", 1, 2)
        failed = batch.call("sample.fail")
    assert three.result() == 3
    with pytest.raises(ApplicationError):
        failed.result()
    with rpc.subscribe("open/told") as told:
        rpc.notify("rpc.publish", channel="open/told", data=1)
        assert isinstance(event := told.next(timeout_s=60), Event)
        assert event.data == 1


def test_events_come_in_a_loop(rpc: SyncClient) -> None:
    channel = f"kept/{secrets.token_hex(4)}"
    subscription = rpc.subscribe(channel)
    for number in range(3):
        rpc.publish(channel, number)
    heard = []
    for event in subscription:
        assert isinstance(event, Event)
        heard.append(event.data)
        if len(heard) == 3:
            break
    assert heard == [0, 1, 2]
    assert subscription.positions[channel].offset == 3
    with pytest.raises(TimeoutError):
        subscription.next(timeout_s=0.01)
    subscription.close()
    assert list(subscription) == []
    subscription.close()
    with pytest.raises(Refused), rpc.subscribe("office/a"):
        pass


def test_items_of_a_stream_come_in_a_loop(rpc: SyncClient) -> None:
    assert list(rpc.stream("sample.count", 4)) == [0, 1, 2, 3]
    tag = secrets.token_hex(4)
    for item in rpc.stream("sample.tick", tag):
        assert item == 0
        break
    wait_for(lambda: tag in rpc.call("sample.cancelled"), limit_s=60)


def test_several_threads_may_call(rpc: SyncClient) -> None:
    sums: list[int] = []

    def add(number: int) -> None:
        sums.append(rpc.call("sample.test_sum", number, number))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sums) == [2 * number for number in range(8)]


def test_closing_ends_what_other_threads_wait_for(site: Site) -> None:
    ended: list[BaseException] = []

    def listen(client: SyncClient) -> None:
        try:
            client.subscribe("kept/silent").next()
        except ConnectionLost as error:
            ended.append(error)

    with connect_sync(site.url) as client:
        thread = threading.Thread(target=listen, args=(client,))
        thread.start()
        wait_for(lambda: client.call("rpc.ping"))
    thread.join(60)
    assert len(ended) == 1
    client.close()
    with pytest.raises(ConnectionLost, match="closed"):
        client.call("rpc.ping")
    assert "smallweb-rpc" not in {thread.name for thread in threading.enumerate()}


def test_a_progress_listener_that_calls_is_told_why_not(rpc: SyncClient) -> None:
    refused: list[BaseException] = []

    def call(value: object) -> None:
        try:
            rpc.call("rpc.ping")
        except ConnectionLost as error:
            refused.append(error)

    assert rpc.call("sample.bake", 3, progress=call) == "done"
    assert "waits for itself" in str(refused[0])


def test_who_cannot_connect_leaves_no_thread(relay: Relay) -> None:
    relay.is_closed = True
    with pytest.raises(ConnectionLost), connect_sync(relay.url):
        pass
    assert "smallweb-rpc" not in {thread.name for thread in threading.enumerate()}


PROGRAM = """\
import sys
from smallweb.rpc.client import connect_sync

_, url, tag = sys.argv
with connect_sync(url) as rpc:
    rpc.publish("open/begun", tag)
    {wait}
"""
WAITS = [
    "rpc.call('sample.wait', tag)",
    "next(rpc.subscribe('open/' + tag))",
    "list(rpc.stream('sample.tick', tag))",
]


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_program_that_waits(site: Site, rpc: SyncClient, wait: str) -> None:
    tag = secrets.token_hex(4)
    command = [sys.executable, "-c", PROGRAM.format(wait=wait), site.url, tag]
    environment = {"PYTHONPATH": str(ROOT / "typings")}
    with (
        rpc.subscribe("open/begun") as begun,
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert isinstance(event := begun.next(timeout_s=60), Event)
        assert event.data == tag
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    assert complaints.count("Traceback") == 1
