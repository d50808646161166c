from __future__ import annotations

from typing import Any

import pytest

from smallweb.core import TaskContext
from smallweb.core.invoke import board as board_module
from smallweb.core.invoke.board import MAX_NOTE_BYTES, Board, use_board

pytestmark = pytest.mark.once


@pytest.fixture
def context() -> TaskContext:
    return TaskContext(task="t", run_id=1, uuid="u", attempt=1, progress="before")


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(board_module, "_own", None)
    board = Board()
    use_board(board)
    return board


def test_progress_is_posted_as_json(context: TaskContext, board: Board) -> None:
    context.report({"done": 3, "of": 10**30})
    assert board.news() == b'{"done": 3, "of": 1000000000000000000000000000000}'
    assert context.progress == {"done": 3, "of": 10**30}


def test_texts_that_a_database_would_refuse_are_mended(context: TaskContext, board: Board) -> None:
    context.report(("NUL \0",))
    assert board.news() == rb'["NUL \ufffd"]'


@pytest.mark.parametrize(
    ("progress", "error"),
    [
        (object(), TypeError),
        (float("nan"), ValueError),
        ("x" * MAX_NOTE_BYTES, ValueError),
    ],
    ids=["object", "NaN", "long"],
)
def test_progress_that_cannot_be_shown_changes_nothing(
    context: TaskContext, board: Board, progress: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        context.report(progress)
    assert board.news() is None
    assert context.progress == "before"
