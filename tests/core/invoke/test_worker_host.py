from __future__ import annotations

import pytest

from smallweb.core.invoke import CallKind, CallRequest, Outcome, call_kinds, worker_host
from tests.core.invoke import functions

pytestmark = pytest.mark.once


def _pid(request: CallRequest) -> Outcome:
    return Outcome(value=[request.payload, functions.own_pid()])


def test_calls_of_all_kinds_go_to_one_child_and_a_kind_nobody_knows_fails_alone() -> None:
    worker_host.close()
    kinds = [CallKind(name=name, answer=_pid) for name in ("one", "other")]
    with call_kinds.temporarily(*kinds):
        requests = [CallRequest(kind, 10, kind) for kind in ("one", "nothing", "other")]
        one, nothing, other = worker_host.run(requests)
    worker_host.close()
    assert (one.value[0], other.value[0]) == ("one", "other")
    assert one.value[1] == other.value[1]
    assert (nothing.code, nothing.error.split(".")[0]) == (
        "not_registered",
        "No kind of call is registered as 'nothing'",
    )
