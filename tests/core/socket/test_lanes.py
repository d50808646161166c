from __future__ import annotations

import pytest

from smallweb.core.socket.lanes import Lanes

pytestmark = pytest.mark.once


def test_those_of_one_lane_start_one_after_the_other_in_order() -> None:
    lanes = Lanes()
    begun: list[int] = []
    for number in range(3):
        lanes.enter("a", lambda number=number: begun.append(number))  # type: ignore[misc]
    lanes.enter("b", lambda: begun.append(10))
    assert begun == [0, 10]
    lanes.leave("a")
    lanes.leave("a")
    assert begun == [0, 10, 1, 2]
    lanes.leave("a")
    lanes.enter("a", lambda: begun.append(3))
    assert begun[-1] == 3


def test_many_that_end_at_once_go_no_deeper_than_one() -> None:
    lanes = Lanes()
    begun: list[int] = []

    def start(number: int) -> None:
        begun.append(number)
        if number:
            lanes.leave("a")

    for number in range(100_000):
        lanes.enter("a", lambda number=number: start(number))  # type: ignore[misc]
    assert begun == [0]
    lanes.leave("a")
    assert begun == list(range(100_000))
    lanes.enter("a", lambda: begun.append(-1))
    assert begun[-1] == -1
