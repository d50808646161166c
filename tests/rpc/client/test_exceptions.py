"""The errors of a call."""

from __future__ import annotations

import pickle

import pytest

from smallweb.rpc import client
from smallweb.rpc.client.exceptions import InvalidParams, RpcError, rpc_error

pytestmark = pytest.mark.once


@pytest.mark.parametrize("kind", RpcError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_each_code_has_its_class(kind: type[RpcError]) -> None:
    assert kind.wire_code is not None
    error = rpc_error(kind.wire_code, "Why.", {"code": "why"})
    assert type(error) is kind
    assert getattr(client, kind.__name__) is kind
    assert (error.code, error.message, error.data) == (kind.wire_code, "Why.", {"code": "why"})
    assert str(error) == f"Why. ({kind.wire_code})"


def test_another_code_is_a_plain_rpc_error_and_errors_can_be_sent_on() -> None:
    error = rpc_error(7, "Seven.", [1])
    assert type(error) is RpcError
    sent_on = pickle.loads(pickle.dumps(error))
    assert (sent_on.code, sent_on.message, sent_on.data) == (7, "Seven.", [1])


def test_wrong_arguments_name_their_field_if_the_server_does() -> None:
    assert InvalidParams(-32602, "Wrong.", {"code": "invalid_params", "field": "a"}).field == "a"
    assert InvalidParams(-32602, "Wrong.").field is None
