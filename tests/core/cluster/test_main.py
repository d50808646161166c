from __future__ import annotations

from smallweb.core.cluster.main import MAX_FAILED_STARTS, MAX_PAUSE_S, restart_pause_s


def test_a_tree_that_has_worked_is_replaced_without_a_pause() -> None:
    assert restart_pause_s(0) == 0.0


def test_trees_that_never_came_to_work_are_started_ever_more_slowly() -> None:
    pauses = [restart_pause_s(failures) for failures in range(1, MAX_FAILED_STARTS)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.1, MAX_PAUSE_S)
    assert 15 < sum(pauses) < 30
