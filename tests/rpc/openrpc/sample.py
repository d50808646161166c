"""An object with a member of every kind that documents and generated clients must get right."""

from __future__ import annotations

import datetime
import enum
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel

from smallweb.rpc import Caller, expose, tracked


@dataclass
class Point:
    """A place."""

    x: float
    y: float = 0.0
    tags: list[str] = field(default_factory=list)


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    name: str


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(BaseModel):
    article: str
    count: Annotated[int, msgspec.Meta(ge=1)] = 1


class Order(BaseModel):
    """What somebody wants."""

    customer: str
    lines: list[Line]


class Inner:
    depth: int = 2

    @expose
    def deep(self) -> int:
        return self.depth


class Shop:
    """A shop."""

    a: int = 1
    """How many."""

    volume: int = tracked(5)  # type: ignore[assignment]

    def __init__(self) -> None:
        self.inner = Inner()

    @expose
    def add(self, a: int, b: int = 10) -> int:
        """Add two numbers.

        They may be negative; */ ends no comment.
        """
        return a + b

    @expose
    def move(self, p: Point, mode: Literal["l1", "l2"] = "l2", at: Point | None = None) -> Point:
        return Point(p.x + 1, p.y)

    @expose
    def order(self, order: Order, *, urgent: bool = False) -> Order:
        return order

    @expose
    def pet(self, pet: Cat | Dog, color: Color = Color.RED) -> Cat | Dog:
        return pet

    @expose
    def many(self, first: int, *rest: int) -> list[int]:
        return [first, *rest]

    @expose
    def named(self, *, name: str, **more: int) -> dict[str, int]:
        return more

    @expose
    def when(self, day: datetime.date, pair: tuple[int, str] = (1, "x")) -> datetime.datetime:
        return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)

    @expose
    def whatever(self, value: Any) -> Any:
        return value

    @expose
    def nothing(self, caller: Caller) -> None:
        """Do nothing."""

    @expose
    def count(self, to: int) -> Iterator[int]:
        """Count."""
        yield from range(to)

    @expose
    async def points(self) -> AsyncIterator[Point]:
        yield Point(1.0)

    @expose(mode="rwd")  # type: ignore[prop-decorator]
    @property
    def place(self) -> Point:
        """Where it is."""
        return Point(2.0)

    @place.setter
    def place(self, value: Point) -> None: ...

    @place.deleter
    def place(self) -> None: ...


def half(n: float) -> float:
    """Halve a number."""
    return n / 2
