"""What the status of a failed task tells its starter."""

from __future__ import annotations

from typing import Any

import pytest

from smallweb.core.exceptions import GiveUp, PublicError
from smallweb.core.invoke import call_function
from smallweb.core.models import State, TaskRun
from smallweb.dispatch.models import Ticket
from smallweb.dispatch.services.read_status import status_of

UNNAMED = "The task failed; the server's log says why."


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (PublicError("We open at 8: come again."), "We open at 8: come again."),
        (ValueError("the secret of the server"), "ValueError"),
        (GiveUp("the secret of the server"), UNNAMED),
    ],
)
def test_only_a_sentence_for_the_caller_is_told(raised: Exception, told: str) -> None:
    error = _error_of(raised)
    ticket = Ticket(run=TaskRun(state=State.FAILED, error=error))
    assert status_of(ticket) == {"status": "FAILURE", "error": told}
    assert status_of(ticket, is_trusted=True)["error"] == error


def _error_of(raised: Exception) -> Any:
    def fail() -> None:
        raise raised

    return call_function(fail, {}, timeout_s=5).error
