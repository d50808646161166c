"""pydantic models as parameters, results and attributes; and a site without pydantic."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, Field

from smallweb.core.schemas import component_schemas_of, schemas_of
from smallweb.core.socket.protocol import ErrorCode
from smallweb.rpc import expose, serve
from tests.core.socket.clients import socket
from tests.rpc.openrpc.sample import Line, Order, Point
from tests.source import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


class Price(BaseModel):
    euros: float = Field(gt=0)


class Till:
    price: Price = Price(euros=1)

    @expose
    def order(self, order: Order, price: Price | None = None) -> Order:
        assert isinstance(order, Order)
        assert isinstance(order.lines[0], Line)
        return Order(customer=order.customer.upper(), lines=order.lines)

    @expose
    def all(self, orders: list[Order]) -> dict[str, Order]:
        return {order.customer: order for order in orders}


@pytest.fixture(autouse=True)
def till() -> Till:
    till = Till()
    serve(till=till, access="public", attrs={"price": "rw"})
    return till


async def test_models_are_parameters_and_results() -> None:
    order = {"customer": "ann", "lines": [{"article": "tea"}]}
    async with socket() as client:
        told = await client.call("till.order", [order])
        assert told == {"customer": "ANN", "lines": [{"article": "tea", "count": 1}]}
        assert set(await client.call("till.all", {"orders": [order]})) == {"ann"}


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"lines": []}, "customer"),
        ({"customer": "ann", "lines": [{"count": 1}]}, "article"),
        ({"customer": "ann", "lines": [{"article": "tea", "count": "many"}]}, "count"),
        ("ann", "Order"),
    ],
)
async def test_a_wrong_field_is_named(order: Any, words: str) -> None:
    async with socket() as client:
        error = (await client.ask("till.order", [order]))["error"]
    assert error["code"] == ErrorCode.INVALID_PARAMS
    assert error["data"]["field"].split(".")[0] == "order"
    assert words in error["message"]


async def test_an_attribute_is_a_model(till: Till) -> None:
    async with socket() as client:
        assert await client.call("rpc.set", ["till.price", {"euros": 2}]) is True
        assert till.price == Price(euros=2)
        assert await client.call("rpc.get", ["till.price"]) == {"euros": 2.0}
        error = (await client.ask("rpc.set", ["till.price", {"euros": -2}]))["error"]
    assert error["data"]["field"].startswith("till.price")
    assert "greater than 0" in error["message"]


async def test_described_models_have_all_their_definitions() -> None:
    async with socket() as client:
        described = await client.call("rpc.describe", ["till.order"])
    assert described["params"][0]["schema"] == {"$ref": "#/$defs/Order"}
    assert set(described["definitions"]) == {"Order", "Line", "Price"}
    assert described["definitions"]["Order"]["properties"]["lines"]["items"] == {"$ref": "#/$defs/Line"}


def test_a_model_and_a_dataclass_of_one_name_stay_apart() -> None:
    class Other(BaseModel):
        z: int

    Other.__name__ = Other.__qualname__ = "Point"
    Other.model_rebuild(force=True)
    (own, models), definitions = component_schemas_of([Point, Other])
    assert own != models
    named = [definitions[one["$ref"].rpartition("/")[2]] for one in (own, models)]
    assert ["x" in schema["properties"] for schema in named] == [True, False]
    assert schemas_of([Point])[0] == [{"$ref": "#/$defs/Point"}]


def test_everything_works_where_pydantic_is_not_installed() -> None:
    code = """
import sys
sys.modules["pydantic"] = None
import django
django.setup()
from dataclasses import dataclass
from smallweb.rpc import expose, serve
from smallweb.rpc.describe import verbs_of
from smallweb.rpc.generate import GENERATORS
from smallweb.rpc.openrpc.document import document_of
from smallweb.rpc.registry import endpoints
@dataclass
class Point:
    x: float
class Sample:
    @expose
    def move(self, p: Point) -> Point:
        return p
serve(sample=Sample())
document = document_of({endpoint: set(verbs_of(endpoint)) for endpoint in endpoints})
assert "Point" in document["components"]["schemas"]
assert all("Point" in make(document) for make in GENERATORS.values())
"""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
