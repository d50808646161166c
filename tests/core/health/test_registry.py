from __future__ import annotations

import pytest

from smallweb.core.health import lag_result
from tests.core.rows import NOW, after


@pytest.mark.parametrize(
    ("waited_s", "level"),
    [(0, "ok"), (60, "ok"), (61, "warning"), (600, "warning"), (601, "critical"), (-1, "ok")],
)
def test_what_waits_for_long_is_told_of(waited_s: float, level: str) -> None:
    result = lag_result("tasks", what="tasks", since=after(-waited_s), now=NOW, do="Add workers.")
    assert result.level == level
    assert result.do == ("" if level == "ok" else "Add workers.")


def test_what_does_not_wait_is_well() -> None:
    result = lag_result("tasks", what="tasks", since=None, now=NOW, do="Add workers.")
    assert (result.level, result.says) == ("ok", "No tasks wait.")
