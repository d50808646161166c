from __future__ import annotations

import os
import zlib

import pytest

from smallweb.core.invoke import board as board_module
from smallweb.core.invoke.board import _HEAD, MAX_NOTE_BYTES, Board, post, use_board

pytestmark = pytest.mark.once


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(board_module, "_own", None)
    return Board()


def test_a_new_board_has_no_news(board: Board) -> None:
    assert board.news() is None


def test_a_note_is_news_once(board: Board) -> None:
    board.write(b"1")
    assert (board.news(), board.news()) == (b"1", None)


def test_only_the_newest_counts_whether_it_is_longer_or_shorter(board: Board) -> None:
    for note in (b"long and longer", b"x"):
        board.write(note)
    assert board.news() == b"x"


def test_a_note_may_be_so_long_and_no_longer(board: Board) -> None:
    board.write(b"x" * MAX_NOTE_BYTES)
    with pytest.raises(ValueError, match=f"{MAX_NOTE_BYTES} are taken"):
        board.write(b"x" * (MAX_NOTE_BYTES + 1))
    assert board.news() == b"x" * MAX_NOTE_BYTES


@pytest.mark.parametrize("head", [_HEAD.pack(5, zlib.crc32(b"other")), _HEAD.pack(2**32 - 1, 7)])
def test_a_note_that_is_just_being_written_is_not_read(board: Board, head: bytes) -> None:
    board.write(b"whole")
    board._memory[: _HEAD.size] = head
    assert board.news() is None
    board.write(b"again")
    assert board.news() == b"again"


def test_a_wiped_board_has_no_news_and_takes_the_same_note_again(board: Board) -> None:
    board.write(b"1")
    board.news()
    board.clear()
    assert board.news() is None
    board.write(b"1")
    assert board.news() == b"1"


def test_what_a_forked_child_posts_is_seen_here(board: Board) -> None:
    pid = os.fork()
    if pid == 0:
        use_board(board)
        post(b"from the child")
        os._exit(0)
    os.waitpid(pid, 0)
    assert board.news() == b"from the child"
    board.close()


def test_without_a_host_a_post_goes_nowhere(board: Board) -> None:
    post(b"x" * 10**6)
