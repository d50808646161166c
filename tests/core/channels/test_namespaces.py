from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error

from smallweb.core.channels import Namespace, namespaces
from smallweb.core.channels.checks import check_namespaces
from smallweb.core.channels.namespaces import namespace_of
from smallweb.core.exceptions import AccessDenied, UnknownNamespace
from tests.core.buses import edited

pytestmark = pytest.mark.once

FLAT = Namespace(name="flat", subscribe="public", publish="", history="staff")
OWN = Namespace(name="own", subscribe="login", personal=True)


@pytest.fixture(autouse=True)
def known() -> Any:
    with namespaces.temporarily(FLAT, OWN):
        yield


def row(name: str, **values: Any) -> dict[str, Any]:
    return {
        "name": name, "enabled": True, "in_code": False, "code_defaults": {}, "subscribe": "", "publish": "",
        "presence": "", "history": "", "retain": False, "history_size": 0, "history_age_s": 9.0,
        "latest": False, **values,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filter_", "narrowed"),
    [
        ("own/5/news", "own/5/news"),
        ("own/5", "own/5"),
        ("own/5/#", "own/5/#"),
        ("own/#", "own/5/#"),
        ("own/+", "own/5"),
        ("own/+/news", "own/5/news"),
        ("own/+/+/#", "own/5/+/#"),
        ("own", None),
        ("own/6/news", None),
        ("own/55", None),
        ("own//5", None),
        ("own/6/#", None),
    ],
)
def test_of_personal_channels_a_user_is_concerned_with_their_own(filter_: str, narrowed: str | None) -> None:
    assert OWN.narrowed(filter_, 5) == narrowed
    assert OWN.narrowed(filter_, None) is None
    assert FLAT.narrowed(filter_, None) == filter_


def test_an_empty_rule_lets_no_client() -> None:
    assert FLAT.access_rule("history") == "staff"
    for verb in ("publish", "presence", "dance"):
        with pytest.raises(AccessDenied, match=f"No client may {verb}"):
            FLAT.access_rule(verb)


def test_what_operators_edited_counts_in_place_of_the_code() -> None:
    version = namespaces.version
    with edited("own", subscribe="staff", history_size=7, latest=True):
        found = namespace_of("own/5")
        assert (found.subscribe, found.history_size, found.latest, found.personal) == ("staff", 7, True, True)
        assert namespaces.version > version
    assert namespace_of("own/5") is OWN


def test_a_namespace_that_is_switched_off_lets_no_client() -> None:
    with edited("flat", enabled=False, retain=True):
        assert namespace_of("flat/a").rule("subscribe") is None
        assert namespace_of("flat/a").retain


def test_a_row_made_by_a_person_is_a_namespace_and_one_whose_code_is_gone_is_none() -> None:
    namespaces.take_rows(
        (row("mine", subscribe="public"), row("gone", code_defaults={"subscribe": "public"}))
    )
    assert namespace_of("mine/a").subscribe == "public"
    assert {"mine", "flat"} <= {entry.name for entry in namespaces.in_force()}
    with pytest.raises(UnknownNamespace):
        namespace_of("gone/a")
    namespaces.take_rows(())
    with pytest.raises(UnknownNamespace):
        namespace_of("mine/a")


def test_the_same_rows_change_nothing() -> None:
    namespaces.take_rows((row("mine"),))
    version = namespaces.version
    namespaces.take_rows((row("mine"),))
    assert namespaces.version == version
    namespaces.take_rows(())


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (Namespace(name="bad", subscribe="everyone"), "subscribe: 'everyone' is no access rule"),
        (Namespace(name="bad", subscribe="public", history="group:"), "history: 'group:' is no access rule"),
        (Namespace(name="$bad", subscribe="public"), "begins with '$'"),
        (Namespace(name="a/b", subscribe="public"), "is one level"),
        (Namespace(name="a+", subscribe="public"), "is a filter"),
        (Namespace(name="", subscribe="public"), "0 characters"),
        (Namespace(name="bad", subscribe="public", history_size=-1), "history_size"),
    ],
)
def test_a_namespace_that_cannot_work_is_an_error_of_the_check(entry: Namespace, problem: str) -> None:
    with namespaces.temporarily(entry):
        (message,) = check_namespaces(None)
    assert isinstance(message, Error)
    assert message.id == "smallweb_core.E010"
    assert problem in message.msg


def test_the_suites_own_namespaces_pass_the_check() -> None:
    assert check_namespaces(None) == []
