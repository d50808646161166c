"""Methods that answer what a server must take with care, and what is no method of a controller."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from os import getcwd
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponseBase

from smallweb.core import GiveUp
from smallweb.dispatch import Controller, PublicError, endpoint, safe, task

__all__ = ["os"]


def of_the_module() -> str:
    return "reached"


class Mixin:
    def mixed(self) -> str:
        return "reached"


class _Hidden(Controller, access="public", safe=True):
    def hello(self) -> str:
        return "reached"


class ShopClosed(PublicError):
    code = "shop_closed"


class Base(Controller, access="public", safe=True):
    def inherited(self) -> str:
        return "base"


class Odd(Mixin, Base):
    value = "reached"
    imported = staticmethod(getcwd)
    given = of_the_module
    by_lambda = lambda self: "reached"  # noqa: E731

    class Inner:
        def hello(self) -> str:
            return "reached"

    @staticmethod
    def static() -> str:
        return "reached"

    @classmethod
    def of_class(cls) -> str:
        return "reached"

    @property
    def gauge(self) -> str:
        return "reached"

    def header(self, name: str) -> tuple[str, int, dict[str, str]]:
        return "told", 200, {"X-Name": name}

    def download(self, name: str) -> HttpResponseBase:
        return self.file(Path(__file__), name=name, as_attachment=True)

    def away(self, to: str) -> HttpResponseBase:
        return self.redirect(to)

    def folder(self) -> HttpResponseBase:
        return self.file(Path(__file__).parent)

    def users(self) -> QuerySet[User]:
        return User.objects.all()

    def unknown(self) -> Any:
        return object()

    def circle(self) -> Any:
        circle: list[Any] = []
        circle.append(circle)
        return circle

    def leaves(self) -> None:
        raise SystemExit("the secret of the server")

    def fails_late(self) -> Iterator[str]:
        yield "begun"
        raise ValueError("the secret of the server")

    def fails_at_once(self) -> Iterator[str]:
        if self.value:
            raise ValueError("the secret of the server")
        yield ""

    def no_texts(self) -> Iterator[str]:
        yield from ()

    def no_objects(self) -> Iterator[dict[str, int]]:
        yield from ()

    async def no_numbers(self) -> AsyncIterator[int | None]:
        if not self.value:
            yield 0

    def no_bytes(self) -> Iterator[bytes]:
        yield from ()

    def no_annotation(self) -> Any:
        yield from ()

    @endpoint(methods=["PUT", "DELETE"])
    def change(self) -> str:
        return self.request.method or ""

    @endpoint(access="staff")
    @safe
    def staff_only(self) -> str:
        return "staff"

    @task
    def closed(self) -> None:
        raise ShopClosed("The shop is closed.")

    @task
    def gives_up(self) -> None:
        raise GiveUp("There is no bread: nobody baked.")

    @task(max_attempts=1)
    def fails(self) -> None:
        raise ValueError("PublicError: the secret of the server")
