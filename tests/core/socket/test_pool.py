"""Threads for functions that block."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any

import pytest

from smallweb.core.socket.lanes import Lanes
from smallweb.core.socket.pool import Outlet, Pool

pytestmark = pytest.mark.once


class Results:
    """What came back from a pool."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.outlet = Outlet(asyncio.get_running_loop())
        self.ended: list[tuple[Any, BaseException | None]] = []
        self.news = asyncio.Event()

    def submit(self, work: Any) -> Any:
        return self.pool.submit(work, self._take, self.outlet)

    def _take(self, result: Any, error: BaseException | None) -> None:
        self.ended.append((result, error))
        self.news.set()

    async def until(self, count: int) -> list[Any]:
        async with asyncio.timeout(60):
            while len(self.ended) < count:
                self.news.clear()
                await self.news.wait()
        return [result for result, _ in self.ended]


async def test_results_and_errors_come_back_in_the_loop() -> None:
    results = Results(Pool(2))
    results.submit(lambda: 1)
    results.submit(lambda: 1 / 0)
    results.submit(lambda: exit(3))
    await results.until(3)
    assert [type(error) for _, error in results.ended if error] == [ZeroDivisionError, SystemExit]


async def test_no_more_threads_than_the_size_work_at_once() -> None:
    results, lock, at_once, most = Results(Pool(3)), threading.Lock(), [0], [0]

    def work() -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        with lock:
            at_once[0] -= 1

    for _ in range(200):
        results.submit(work)
    await results.until(200)
    assert 1 <= most[0] <= 3


async def test_a_job_that_hangs_is_replaced_and_its_thread_goes_when_it_ends() -> None:
    pool = Pool(1)
    results, go = Results(pool), threading.Event()
    began = threading.Event()

    def hang() -> str:
        began.set()
        go.wait(60)
        return "late"

    hanging = results.submit(hang)
    waiting = results.submit(lambda: "next")
    await asyncio.to_thread(began.wait, 60)
    assert not waiting.is_running
    pool.give_up(hanging)
    assert await results.until(1) == ["next"]
    go.set()
    assert await results.until(2) == ["next", "late"]
    results.submit(lambda: "last")
    assert await results.until(3) == ["next", "late", "last"]


async def test_a_job_that_waits_is_given_up_without_being_run() -> None:
    pool = Pool(1)
    results, go, ran = Results(pool), threading.Event(), []
    results.submit(lambda: go.wait(60))
    unwanted = results.submit(lambda: ran.append(1))
    pool.give_up(unwanted)
    go.set()
    results.submit(lambda: "last")
    assert await results.until(3) == [True, None, "last"]
    assert ran == []
    assert isinstance(results.ended[1][1], asyncio.CancelledError)


async def test_many_loops_share_a_pool() -> None:
    pool = Pool(2)

    def elsewhere() -> Any:
        async def ask() -> Any:
            results = Results(pool)
            results.submit(lambda: "there")
            return await results.until(1)

        return asyncio.run(ask())

    assert await asyncio.to_thread(elsewhere) == ["there"]
    results = Results(pool)
    results.submit(lambda: "here")
    assert await results.until(1) == ["here"]


def test_a_lane_starts_one_after_the_other_in_order() -> None:
    lanes = Lanes()
    started: list[Any] = []
    for number in range(3):
        lanes.enter("a", partial(started.append, number))
    lanes.enter("b", lambda: started.append("b"))
    assert started == [0, "b"]
    for _ in range(3):
        lanes.leave("a")
    assert started == [0, "b", 1, 2]
    lanes.enter("a", lambda: started.append("again"))
    assert started[-1] == "again"
