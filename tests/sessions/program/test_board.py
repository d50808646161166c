"""The numbers that a session shows its host."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from smallweb.sessions.program.board import Activity, Board, make_board

pytestmark = pytest.mark.once


@pytest.fixture
def boards() -> Iterator[tuple[Board, Board]]:
    """Return the same board as two processes have it."""
    fd = make_board()
    ours, theirs = Board(fd), Board(fd)
    os.close(fd)
    yield ours, theirs
    for board in (ours, theirs):
        board.close()


def test_one_process_reads_what_another_writes(boards: tuple[Board, Board]) -> None:
    ours, theirs = boards
    assert set(theirs.read().values()) == {0.0}
    ours.write("tabs", 3)
    assert theirs.read()["tabs"] == 3


def test_it_is_busy_since_the_oldest_interaction_that_runs(boards: tuple[Board, Board]) -> None:
    ours, theirs = boards
    activity = Activity(ours)
    before = time.monotonic()
    first = activity.begin()
    since = theirs.read()["busy_since"]
    assert before <= since <= time.monotonic()
    second = activity.begin()
    assert theirs.read()["busy_since"] == since
    activity.end(first)
    assert theirs.read()["busy_since"] > since
    activity.end(first)  # it has ended already
    activity.end(second)
    seen = theirs.read()
    assert seen["busy_since"] == 0
    assert seen["interactions"] == 2
    assert seen["acted_at"] >= since


def test_tabs_come_and_go(boards: tuple[Board, Board]) -> None:
    ours, theirs = boards
    activity = Activity(ours)
    for count in (1, 1, -1):
        activity.add_tabs(count)
    assert theirs.read()["tabs"] == 1


def test_a_board_that_was_closed_says_what_stood_there_last(boards: tuple[Board, Board]) -> None:
    ours, theirs = boards
    ours.write("interactions", 7)
    theirs.close()
    ours.write("interactions", 8)
    assert theirs.read()["interactions"] == 7
