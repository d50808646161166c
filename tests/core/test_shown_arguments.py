"""Arguments as logs show them."""

from __future__ import annotations

from smallweb.core.redact import HIDDEN
from smallweb.core.shown_arguments import CUT, MAX_JSON, MAX_TEXT, shown_arguments


def test_secrets_are_hidden_however_deep() -> None:
    given = {"a": 1, "api_key": "k", "list": [{"password": "p"}]}
    assert shown_arguments(given) == {"a": 1, "api_key": HIDDEN, "list": [{"password": HIDDEN}]}


def test_texts_and_the_whole_are_cut() -> None:
    assert shown_arguments({"a": "x" * 500}) == {"a": "x" * MAX_TEXT + CUT}
    cut = shown_arguments({f"name{number}": "y" * 150 for number in range(30)})
    assert list(cut) == [CUT]
    assert len(cut[CUT]) == MAX_JSON


def test_what_a_database_refuses_is_replaced() -> None:
    assert shown_arguments({"a\0": "b\ud800"}) == {"a\N{REPLACEMENT CHARACTER}": "b\N{REPLACEMENT CHARACTER}"}
