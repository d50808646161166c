"""The document that ``rpc.discover`` returns."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import User
from referencing import Registry, Resource

from smallweb.rpc import serve
from tests.core.socket.clients import signed_in, socket
from tests.rpc.openrpc.node import run_node
from tests.rpc.openrpc.sample import Shop

pytestmark = pytest.mark.django_db(transaction=True)


def method(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in document["methods"] if one["name"] == name]
    return found  # type: ignore[no-any-return]


def judged(document: dict[str, Any]) -> dict[str, Any]:
    ended = run_node("judge.mjs", given=json.dumps(document))
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


def broken(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with one parameter that has no schema."""
    changed: dict[str, Any] = json.loads(json.dumps(document))
    del method(changed, "shop.add")["params"][0]["schema"]
    return changed


def test_the_official_tool_accepts_it_and_resolves_every_reference(document: dict[str, Any]) -> None:
    verdict = judged(document)
    assert verdict["faults"] == ""
    (order,) = [one for one in verdict["methods"] if one["name"] == "shop.order"]
    lines = order["params"][0]["schema"]["properties"]["lines"]
    assert lines["items"]["properties"]["article"]["type"] == "string"
    assert "schema" in judged(broken(document))["faults"]


def test_the_meta_schema_accepts_it(document: dict[str, Any]) -> None:
    schemas = json.loads(run_node("meta-schema.mjs").stdout)
    of_json = Resource.from_contents(schemas["jsonSchema"], default_specification=_draft7())
    known = Registry().with_resources(
        [("https://meta.json-schema.tools/", of_json), ("https://meta.json-schema.tools", of_json)]
    )
    validator = jsonschema.Draft7Validator(schemas["openRpc"], registry=known)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert list(validator.iter_errors(broken(document)))


def _draft7() -> Any:
    from referencing.jsonschema import DRAFT7

    return DRAFT7


def test_methods_say_how_they_are_called(document: dict[str, Any]) -> None:
    add = method(document, "shop.add")
    assert add["summary"] == "Add two numbers."
    assert add["x-signature"] == "(a: int, b: int = 10) -> int"
    assert add["params"] == [
        {"name": "a", "required": True, "x-kind": "positional", "schema": {"type": "integer"}},
        {
            "name": "b",
            "required": False,
            "x-kind": "positional",
            "schema": {"type": "integer", "default": 10},
        },
    ]
    assert add["result"] == {"name": "result", "schema": {"type": "integer"}}
    assert {"$ref": "#/components/errors/InvalidParams"} in add["errors"]
    assert method(document, "half")["params"][0]["name"] == "n"
    assert method(document, "shop.inner.deep")["result"]["schema"] == {"type": "integer"}
    assert method(document, "shop.nothing")["params"] == []
    assert method(document, "shop.many")["paramStructure"] == "by-position"
    assert method(document, "shop.named")["paramStructure"] == "by-name"
    assert method(document, "shop.order")["paramStructure"] == "either"


def test_generators_have_lists_as_results_and_say_what_an_item_is(document: dict[str, Any]) -> None:
    count = method(document, "shop.count")
    assert count["result"]["schema"] == {"type": "array", "items": {"type": "integer"}}
    assert count["x-streams"] == {"type": "integer"}
    assert method(document, "shop.points")["x-streams"] == {"$ref": "#/components/schemas/Point"}


def test_attributes_stand_beside_the_methods(document: dict[str, Any]) -> None:
    attributes = {one["name"]: one for one in document["x-smallweb-attributes"]}
    assert attributes["shop.a"] == {
        "name": "shop.a",
        "description": "How many.",
        "schema": {"type": "integer"},
        "mode": "rw",
        "channel": None,
    }
    assert attributes["shop.volume"]["channel"] == "objects/shop/volume"
    assert attributes["shop.place"]["schema"] == {"$ref": "#/components/schemas/Point"}
    assert set(attributes) == {"shop.a", "shop.volume", "shop.place", "shop.inner.depth"}


def test_the_methods_of_the_suite_are_in_it(document: dict[str, Any]) -> None:
    asked = method(document, "rpc.call")
    assert [one["name"] for one in asked["params"] if one["required"]] == ["path"]
    assert method(document, "rpc.set")["result"]["schema"] == {"type": "boolean"}
    assert method(document, "rpc.discover")["params"] == []
    assert not [one for one in document["methods"] if one["name"].startswith("$")]


async def test_it_tells_what_this_caller_may_use_and_its_version_of_what_is_in_it(shop: Shop) -> None:
    serve(inner=Shop(), access="staff")
    user = await User.objects.acreate(username="ann", is_staff=True)
    async with socket() as visitor, signed_in(user) as ann:
        of_visitor = await visitor.call("rpc.discover")
        of_ann = await ann.call("rpc.discover")
        again = await visitor.call("rpc.discover")
    assert not [one for one in of_visitor["methods"] if one["name"].startswith("inner.")]
    assert method(of_ann, "inner.add")
    assert of_visitor["info"]["version"] == again["info"]["version"] != of_ann["info"]["version"]
