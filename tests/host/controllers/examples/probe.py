"""Methods of all kinds, for the tests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from smallweb.dispatch import Controller, Html, Progress, PublicError, endpoint, private, safe, task


@dataclass
class Article:
    name: str
    count: int = 1


class Open(Controller, access="public"):
    @safe
    def hello(self) -> str:
        return "hello world!!."

    @safe
    async def hello_async(self) -> str:
        return "hello world!!."

    @safe
    def dump(self, params: Any) -> Any:
        return params

    @safe
    def add(self, a: int, b: int = 0) -> int:
        return a + b

    @safe
    def flags(self, on: bool = False, tags: list[str] = [], limit: int | None = None) -> dict[str, Any]:  # noqa: B006
        return {"on": on, "tags": tags, "limit": limit}

    def order(self, article: Article) -> Article:
        return Article(article.name, article.count + 1)

    def upload(
        self,
        title: str,
        photo: UploadedFile,  # type: ignore[type-arg]
        more: list[UploadedFile] | None = None,  # type: ignore[type-arg]
    ) -> dict[str, Any]:
        return {"title": title, "name": photo.name, "size": photo.size, "more": len(more or [])}

    @safe
    def any_name(self, **names: int) -> dict[str, int]:
        return names

    @safe
    def page(self) -> Html:
        return Html("<h1>Hello</h1>")

    @safe
    def script(self, text: str) -> str:
        return text

    @safe
    def who(self, user: User | None) -> str:
        return "nobody" if user is None else user.get_username()

    @safe
    def me(self, user: User) -> str:
        return user.get_username()

    @safe
    def address(self, request: HttpRequest) -> str:
        return request.path

    @safe
    def teapot(self) -> tuple[str, int, dict[str, str]]:
        return "short and stout", 418, {"X-Pot": "tea"}

    @safe
    def nothing(self) -> None:
        return None

    @safe
    def letters(self) -> Iterator[str]:
        yield from "abc"

    @safe
    async def letters_async(self) -> AsyncIterator[str]:
        for letter in "abc":
            yield letter

    @safe
    def lines(self) -> Iterator[dict[str, int]]:
        for number in range(3):
            yield {"n": number}

    @safe
    def raises(self, kind: str = "") -> str:
        if kind == "public":
            raise PublicError("The shop is closed.", code="closed")
        raise ValueError("the secret of the server")

    @endpoint(timeout_s=0.2, methods=["GET"])
    def slow(self) -> str:
        time.sleep(1)
        return "late"

    @endpoint(per_minute=2, methods=["GET"])
    def seldom(self) -> str:
        return "now"

    @endpoint(cors=["https://a.example"], methods=["GET", "POST"])
    def shared(self) -> str:
        return "shared"

    @private
    def hidden(self) -> str:
        return "hidden"

    def _secret(self) -> str:
        return "secret"

    @task
    def count(self, to: int, progress: Progress) -> int:
        for number in range(to):
            progress(number=number + 1, total=to, title="Counting")
            time.sleep(0.05)
        return to

    @task(max_attempts=100, retry_delay_s=0.1)
    def steps(self, name: int, progress: Progress) -> int:
        for number in (1, 2, 3):
            progress(number=number, title=f"Step of {name}")
            time.sleep(0.02)
        return 2 * name

    @task
    def fails(self) -> None:
        raise ValueError("the secret of the server")


class Closed(Controller):
    @safe
    def hello(self) -> str:
        return "hello"

    @endpoint(access="staff")
    def change(self) -> str:
        return "changed"
