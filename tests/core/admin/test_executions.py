from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from smallweb.core.admin.executions import attempts_table, run_duration_text, run_state_cell
from smallweb.core.models import State
from tests.core.admin.conftest import make_run

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_a_run_that_runs_says_how_long_so_far() -> None:
    run = make_run(State.RUNNING, started_at=NOW - timedelta(seconds=5))
    assert run_duration_text(run, now=NOW) == "5.0 s so far"
    assert run_duration_text(make_run(State.FAILED), now=NOW) == "1.0 s"
    assert run_duration_text(make_run(), now=NOW) == "\N{EN DASH}"


def test_the_state_says_that_a_run_was_asked_to_end() -> None:
    assert "asked to end" in run_state_cell(make_run(State.RUNNING, cancel_requested_at=NOW))
    assert "asked to end" not in run_state_cell(make_run(State.CANCELLED, cancel_requested_at=NOW))


def test_earlier_attempts_are_a_table_with_their_tracebacks_folded() -> None:
    run = make_run(State.RUNNING, attempt=1)
    assert attempts_table(run, now=NOW) == "\N{EN DASH}"
    for text, trace in (("no <mail>", "Traceback: <here>"), ("", "only a trace"), ("", "")):
        run.started_at = NOW - timedelta(seconds=2)
        run.set_ready_again(text, traceback=trace, now=NOW, run_after=NOW)
        run.attempt += 1
    shown = attempts_table(run, now=NOW)
    assert shown.count("<tr>") == 4
    assert f'<details id="run-{run.pk}-attempt-1"><summary>no &lt;mail&gt;</summary>' in shown
    assert "Traceback: &lt;here&gt;</pre>" in shown
    assert "<summary>traceback</summary>" in shown
    assert shown.count("<details") == 2
    assert shown.count("2.0 s") == 3
