"""The check for objects of which each web process has its own."""

from __future__ import annotations

from typing import Any

import pytest

from smallweb.rpc import expose, serve, tracked
from smallweb.rpc.checks import check_objects, web_processes


class Sample:
    a: int = 1
    b: int = tracked(1)  # type: ignore[assignment]

    @expose
    def hello(self) -> str:
        return "hello"


def warnings() -> list[str]:
    return [message.msg for message in check_objects(None) if message.id == "smallweb_rpc.W005"]


def test_a_plain_value_that_several_processes_would_each_have_is_warned_of(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    serve(sample=Sample(), attrs={"a": "rw"})
    assert warnings() == []
    settings.SMALLWEB_RPC = {"WEB_PROCESSES": 3}
    assert warnings() == ["3 web processes serve the site, and each has a value of its own of sample.a."]


def test_the_environment_of_the_server_counts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    assert web_processes() == 4
    settings.SMALLWEB_RPC = {"WEB_PROCESSES": 1}
    assert web_processes() == 1
    settings.SMALLWEB_RPC = {}
    monkeypatch.setenv("WEB_CONCURRENCY", "many")
    assert web_processes() == 1


@pytest.mark.parametrize(("mode", "owner"), [("r", None), ("rw", "process")])
def test_what_cannot_drift_apart_is_left_alone(settings: Any, mode: str, owner: Any) -> None:
    settings.SMALLWEB_RPC = {"WEB_PROCESSES": 3}
    serve(sample=Sample(), attrs={"a": mode}, owner=owner)
    assert warnings() == []
