from __future__ import annotations

import os
import uuid

import pytest

from smallweb.core.cluster.trees import bury_dead_trees, live_as
from smallweb.core.run_dir import run_dir


@pytest.fixture(autouse=True)
def _nobody_is_dead() -> None:
    bury_dead_trees()


def test_a_dead_tree_is_found_once() -> None:
    tree = uuid.uuid4()
    os.close(live_as(tree))
    assert bury_dead_trees() == [tree]
    assert bury_dead_trees() == []


def test_a_tree_lives_as_long_as_one_of_its_processes() -> None:
    tree = uuid.uuid4()
    descriptor = live_as(tree)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(descriptor)
    assert bury_dead_trees() == []
    os.close(writer)
    os.waitpid(pid, 0)
    os.close(reader)
    assert bury_dead_trees() == [tree]


def test_what_is_left_of_an_earlier_tree_is_waited_for_and_told(caplog: pytest.LogCaptureFixture) -> None:
    tree = uuid.uuid4()
    earlier = live_as(tree)
    later = live_as(tree, wait_s=0.1)
    assert "still there" in caplog.text
    os.close(earlier)
    os.close(later)
    assert bury_dead_trees() == [tree]


def test_what_is_no_tree_is_left_alone() -> None:
    other = run_dir("trees") / "note.txt"
    other.touch()
    assert bury_dead_trees() == []
    other.unlink()
