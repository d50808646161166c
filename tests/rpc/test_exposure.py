"""What is reachable, and what is not: the boundary around served objects."""

from __future__ import annotations

import inspect
import json
import logging
import threading
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User

from smallweb.core.exceptions import AlreadyRegistered, BadAccessRule
from smallweb.core.socket.protocol import ErrorCode
from smallweb.rpc import Caller, expose, serve, tracked
from smallweb.rpc.exceptions import CannotServe
from smallweb.rpc.registry import endpoints
from tests.core.socket.clients import socket

pytestmark = pytest.mark.django_db(transaction=True)

fired: list[str] = []


class Point(msgspec.Struct, array_like=True):
    x: int
    y: int


class Motor:
    speed: int = 0

    @expose
    def turn(self) -> str:
        return "turned"


class Base:
    @expose
    def inherited(self) -> str:
        return "base"

    @expose
    def overridden(self) -> str:
        return "base"


class Wide(Base):
    """Attributes of all the kinds that a filter of names lets through."""

    shared: dict[str, int] = {"a": 1}
    is_admin = False
    _secret = "secret"
    __private = "private"

    def __init__(self) -> None:
        self.json = json
        self.log = logging.getLogger("smallweb.tests.wide")
        self.lock = threading.Lock()
        self.generator = (number for number in range(3))
        self.kind = Motor
        self.user = User(username="ann")
        self.users = User.objects
        self.motor = Motor()
        self.words = ["x"]

    @property
    def expensive(self) -> str:
        fired.append("expensive")
        return "value"

    def find(self, text: str) -> str:
        return text

    def overridden(self) -> str:
        return "not exposed any more"

    def restricted(self) -> str:
        return "restricted"

    restricted.interface_access_restricted = True  # type: ignore[attr-defined]

    def format(self, template: str) -> str:
        return template.replace("{user}", "ann")


def paths() -> set[str]:
    return {endpoint.name for endpoint in endpoints}


def test_only_what_is_marked_is_served() -> None:
    serve(wide=Wide())
    assert paths() == {"wide.inherited"}


def test_attrs_name_values_and_nested_objects() -> None:
    serve(wide=Wide(), attrs={"shared": "rw", "motor": "object", "motor.speed": "rw"})
    assert paths() == {"wide.inherited", "wide.shared", "wide.motor.turn", "wide.motor.speed"}


def test_expose_public_leaves_out_what_leads_out_of_the_object() -> None:
    fired.clear()
    serve(wide=Wide(), expose_public=True)
    assert paths() == {
        "wide.inherited", "wide.overridden", "wide.shared", "wide.is_admin", "wide.expensive", "wide.find",
        "wide.format", "wide.words", "wide.motor.turn", "wide.motor.speed",
    }  # fmt: skip
    assert fired == []


@pytest.mark.parametrize(
    ("key", "name"),
    [("INCLUDE_INTERNALS", "wide._secret"), ("INCLUDE_DUNDERS", "wide.__len__")],
)
def test_the_settings_widen_expose_public_by_what_they_name(settings: Any, key: str, name: str) -> None:
    class Sized(Wide):
        def __len__(self) -> int:
            return 3

    settings.SMALLWEB_RPC = {key: True}
    serve(wide=Sized(), expose_public=True)
    assert name in paths()
    assert (
        "wide.__class__" not in paths() and "wide.__init__" not in paths() and "wide.__dict__" not in paths()
    )


def test_nesting_ends_at_the_depth_of_the_settings(settings: Any) -> None:
    class Deep:
        def __init__(self, below: Any = None) -> None:
            self.below = below

        def name(self) -> str:
            return "deep"

    settings.SMALLWEB_RPC = {"MAX_INTERFACE_DEPTH": 2}
    serve(deep=Deep(Deep(Deep())), expose_public=True)
    assert {"deep.name", "deep.below.name"} <= paths()
    assert "deep.below.below.name" not in paths()
    ring = Deep()
    ring.below = ring
    serve(ring=ring, expose_public=True)


ATTACKS = [
    "wide.__class__", "wide.__class__.__mro__", "wide._Wide__private", "wide._secret", "wide.__dict__",
    "wide.generator.gi_frame.f_globals", "wide.json.codecs.builtins.eval", "wide.json", "wide.log",
    "wide.log.manager.loggerDict.clear", "wide.lock.acquire", "wide.kind", "wide.user", "wide.user.password",
    "wide.users.all", "wide.find.__globals__", "wide.find.__func__", "wide.shared.update",
    "wide.words.append",
    "wide.motor.__init__.__globals__", "wide.\uff3f\uff3fclass\uff3f\uff3f", "wide[\"find\"]", "wide..find",
    "wide.find.", ".wide", "wide.restricted", "constructor", "__proto__", "wide.constructor", "wide.then",
    "wide.toJSON", "", "wide", "wide.tracked_channel_values", "wide.find\x00", "wide.rpc_publish",
]  # fmt: skip


@pytest.mark.parametrize("path", ATTACKS)
async def test_no_way_leads_around_the_table(path: str) -> None:
    serve(wide=Wide(), expose_public=True, access="public")
    async with socket() as client:
        for method in (path, "rpc.call", "rpc.get", "rpc.set", "rpc.delete"):
            params = {"rpc.set": [path, 1]}.get(method, [path] if method.startswith("rpc.") else [])
            code = await client.refused(method, params)
            assert code in (ErrorCode.METHOD_NOT_FOUND, ErrorCode.NOT_FOUND), (method, path)


async def test_a_method_cannot_be_replaced_and_shared_state_is_the_objects_own() -> None:
    wide = Wide()
    serve(wide=wide, expose_public=True, access="public")
    async with socket() as client:
        assert await client.refused("rpc.set", ["wide.find", "x"]) == ErrorCode.NOT_FOUND
        assert await client.call("rpc.set", ["wide.shared", {"a": 9}]) is True
        assert await client.call("wide.format", ["{user.__init__.__globals__[SECRET_KEY]}"]) == (
            "{user.__init__.__globals__[SECRET_KEY]}"
        )
    assert Wide.shared == {"a": 1}
    assert Wide().shared == {"a": 1}


async def test_a_query_by_keyword_reaches_only_declared_parameters() -> None:
    class Users:
        @expose
        def find(self, name: str, _limit: int = 5) -> list[str]:
            return [name] * _limit

    serve(people=Users(), access="public")
    async with socket() as client:
        for params in (
            {"name": "a", "password__startswith": "x"},
            {"name": "a", "_limit": 9},
            {"name": "a", "self": 1},
            ["a", 9],
        ):
            assert await client.refused("people.find", params) == ErrorCode.INVALID_PARAMS
        assert await client.call("people.find", {"name": "a"}) == ["a"] * 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: serve(_x=Wide()), "no name"),
        (lambda: serve(rpc=Wide()), "no name"),
        (lambda: serve(wide=Wide), "above the class"),
        (lambda: serve(wide=json), "serve an object"),
        (lambda: serve(wide=Wide(), attrs={"shared": "x"}), "no mode"),
        (lambda: serve(wide=Wide(), attrs={"nothing": "r"}), "does not have"),
        (lambda: serve(wide=Wide(), attrs={"find": "r"}), "write @expose"),
        (lambda: serve(wide=Wide(), attrs={"motor.speed": "r"}), "'motor': 'object'"),
        (lambda: serve(wide=Wide(), attrs={"words": "object"}), "it is a list"),
        (lambda: serve(wide=Wide(), attrs={"json": "object"}), "it is a module"),
        (lambda: serve(wide=Wide(), attrs={"lock": "object"}), "it is a lock"),
        (lambda: serve(wide=Wide(), attrs={"a b": "r"}), "no name of an attribute"),
        (lambda: serve(wide=Wide(), access={"read": "public"}), "access names"),
        (lambda: serve()(Wide), "Give a name"),
        (lambda: expose(mode="x"), "no mode"),
        (lambda: expose(5), "goes on methods"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_sentence(wrong: Any, message: str) -> None:
    with pytest.raises(CannotServe, match=message):
        result = wrong()
        if callable(result):
            result(lambda: None)


def test_a_bad_rule_and_a_taken_name_are_refused() -> None:
    with pytest.raises(BadAccessRule):
        serve(wide=Wide(), access="everyone")
    serve(wide=Wide())
    with pytest.raises(AlreadyRegistered):
        serve(wide=Wide())


async def test_what_the_server_fills_no_client_fills_wherever_it_stands() -> None:
    class Desk:
        @expose
        def first(self, caller: Caller, _limit: int = 5, name: str = "x", *more: str) -> list[Any]:
            return [caller.user.username, _limit, name, *more]

        @expose
        async def last(self, name: str, _limit: int = 5, *, _hidden: int = 7, **more: Any) -> list[Any]:
            return [name, _limit, _hidden, sorted(more)]

        @expose(inline=True)
        def wide(self, caller: Caller, **more: int) -> list[str]:
            return sorted(more)

    serve(desk=Desk(), access="public")
    async with socket() as client:
        assert await client.call("desk.first", ["a", "b"]) == ["", 5, "a", "b"]
        assert await client.call("desk.first", {"name": "a"}) == ["", 5, "a"]
        assert await client.call("desk.first") == ["", 5, "x"]
        assert await client.call("desk.last", ["a"]) == ["a", 5, 7, []]
        assert await client.call("desk.last", {"name": "a", "z": 1}) == ["a", 5, 7, ["z"]]
        assert await client.refused("desk.last", ["a", 9]) == ErrorCode.INVALID_PARAMS
        for name in ("_limit", "_hidden", "self"):
            params = {"name": "a", name: 9}
            assert await client.refused("desk.last", params) == ErrorCode.INVALID_PARAMS
        for name in ("caller", "self"):
            assert await client.refused("desk.wide", {name: 9}) == ErrorCode.INVALID_PARAMS
        assert await client.call("desk.wide", {"a": 9}) == ["a"]


async def test_too_short_an_array_in_a_rest_is_refused_with_a_sentence() -> None:
    class Map:
        @expose
        def draw(self, *points: Point) -> int:
            return len(points)

    serve(map=Map(), access="public")
    async with socket() as client:
        assert await client.refused("map.draw", [[1, 2], [1]]) == ErrorCode.INVALID_PARAMS


def test_a_parameter_that_nobody_can_fill_is_refused() -> None:
    class Broken:
        @expose
        def call(self, _hidden: int) -> None: ...

    with pytest.raises(CannotServe, match="no client fills _hidden"):
        serve(broken=Broken())


def test_classes_and_functions_are_decorated() -> None:
    @serve("motor", access="public")
    class Another(Motor):
        pass

    @serve("add", access="public")
    def add(a: int, b: int) -> int:
        return a + b

    assert paths() == {"motor.turn", "add"}
    assert add(1, 2) == 3
    assert Another().turn() == "turned"


def test_channel_values_become_tracked_ones() -> None:
    class Seed:
        a = 1
        tracked_channel_values = {"a": 1, "d": {"e": 5}}

    seed = Seed()
    seed_before = Seed.a
    serve(seed=seed, access="public")
    assert paths() == {"seed.a", "seed.d"}
    assert isinstance(inspect.getattr_static(Seed, "d"), tracked)
    assert (seed_before, seed.a, seed.d) == (1, 1, {"e": 5})  # type: ignore[attr-defined]
    assert seed.rpc_name == "seed"  # type: ignore[attr-defined]
