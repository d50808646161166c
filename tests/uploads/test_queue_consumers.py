"""What may consume a queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from smallweb.core.exceptions import AlreadyRegistered
from smallweb.uploads import consumer, queue
from smallweb.uploads.consuming.processes import find_companions
from smallweb.uploads.exceptions import CannotUpload
from smallweb.uploads.queue_consumers import consumers

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def own_consumers() -> Iterator[None]:
    with consumers.temporarily():
        yield


def test_a_function_is_called_with_its_queue_and_its_arguments() -> None:
    called: list[Any] = []

    @consumer(queue("mail"), args=["Hello"], kwargs={"mark": "!"})
    def greet(q: Any, greeting: str, *, mark: str) -> None:
        called.append((q, greeting, mark))

    made = consumers.get("mail")
    made.call()
    assert called == [(queue("mail"), "Hello", "!")]
    assert made.origin.endswith("greet")
    assert not made.is_async
    assert (made.processes, made.max_attempts) == (1, 5)


def test_a_coroutine_may_consume_and_a_name_will_do() -> None:
    @consumer("mail", processes=2)
    async def greet(q: Any) -> None:
        pass

    assert consumers.get("mail").is_async
    assert [one.name for one in find_companions()][-2:] == ["consumer-mail.1", "consumer-mail.2"]
    assert [one.arguments for one in find_companions()][-1] == ("smallweb_consumers", "--only", "mail")


def test_a_queue_has_one_consumer() -> None:
    consumer("mail")(lambda q: None)
    with pytest.raises(AlreadyRegistered, match="'mail'"):
        consumer("mail")(lambda q: None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"args": "Hello"}, "it must be a tuple"),
        ({"args": 5}, "it must be a tuple"),
        ({"args": (1,)}, "cannot be called as a consumer"),
        ({"kwargs": {"mark": 1}}, "cannot be called as a consumer"),
        ({"processes": 0}, "processes is 0"),
        ({"processes": True}, "processes is True"),
        ({"processes": "2"}, "processes is '2'"),
        ({"max_attempts": 0}, "max_attempts is 0"),
        ({"max_attempts": 1.5}, r"max_attempts is 1\.5"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotUpload, match=said):
        consumer("mail", **options)(lambda q: None)
    assert "mail" not in consumers


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(CannotUpload, match="The queue is called"):
        consumer("a b")(lambda q: None)
