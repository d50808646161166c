"""Controllers with inputs and answers of all kinds, and hostile words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe
from msgspec import Meta
from pydantic import BaseModel

from smallweb.dispatch import Controller, Html, Progress, PublicError, UrlPath, endpoint, html, safe, task

HOSTILE = "</script><script>alert(1)</script> \"'& \\ {{ x }} ${x} \u2028 \U0001f9c6"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: float
    y: float = 0.0


class Person(BaseModel):
    name: str
    age: int = 0


class Shop(Controller, access="public"):
    """A shop."""

    @safe
    def index(self) -> Html:
        return Html("<h1>Shop</h1>")

    @safe
    def add(self, a: int, b: int = 10, *, user: User | None, path: UrlPath) -> int:
        """Add two numbers.

        Both are whole.
        """
        return a + b

    @safe
    def pick(
        self,
        colour: Colour = Colour.RED,
        kind: Literal["new", "old"] = "new",
        on: bool = False,
        count: Annotated[int, Meta(ge=1, le=5)] = 1,
        day: date | None = None,
        tags: list[str] | None = None,
    ) -> dict[str, Any]:
        return {"colour": colour, "kind": kind, "on": on, "count": count, "day": day, "tags": tags}

    @safe
    def near(self, point: Point | None = None, limit: int = 1) -> list[Point]:
        return [point or Point(0)] * min(max(limit, 0), 3)

    def move(self, point: Point, by: float = 1) -> Point:
        return Point(point.x + by, point.y)

    def greet(self, person: Person) -> Person:
        return person

    @safe
    def names(self, **names: int) -> dict[str, int]:
        return names

    @safe
    def everything(self, params: Any) -> Any:
        return params

    def photo(self, title: str, photo: UploadedFile, more: list[UploadedFile] | None = None) -> int:  # type: ignore[type-arg]
        return photo.size or 0

    @safe
    def maybe(self, number: int = 0) -> int | str | None:
        return {0: None, 1: "one"}.get(number, number)

    @safe
    def either(self, number: int = 0) -> Point | list[int]:
        return Point(1) if number else [1]

    @safe
    def status(self, code: Annotated[int, Meta(ge=200, le=299)] = 200) -> tuple[dict[str, int], int]:
        return {"code": code}, code

    @safe
    def raw(self) -> bytes:
        return b"\0\1"

    @safe
    def marked(self) -> SafeString:
        return mark_safe("<p>")

    @safe
    @html
    def page(self) -> str:
        return "<p>"

    @safe
    def word(self) -> Literal["yes", "no"]:
        return "yes"

    @safe
    def answer(self) -> HttpResponse:
        return HttpResponse("x", content_type="text/x-own")

    @safe
    def letters(self) -> Iterator[str]:
        yield "a"

    @safe
    def chunks(self) -> Iterator[bytes]:
        yield b"a"

    @safe
    async def lines(self) -> AsyncIterator[Point]:
        yield Point(1)

    @safe
    def unsaid(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        return "?"

    @endpoint(methods=["PUT", "DELETE"])
    def thing(self, key: str, value: int = 0) -> None:
        return None

    @safe
    def refuses(self, much: int = 0) -> str:
        if much:
            raise PublicError("It is too much.", code="too_much")
        return "fine"

    @task
    def work(self, steps: int, progress: Progress) -> int:
        """Work for long."""
        return steps

    def hostile(self, text: str = HOSTILE) -> str:
        return text

    hostile.__doc__ = HOSTILE


class Members(Controller):
    @safe
    def hello(self) -> str:
        return "hello"

    @endpoint(access="staff")
    def change(self, secret_word: str) -> str:
        return "changed"

    @endpoint(access="group:editors")
    def edit(self) -> str:
        return "edited"
