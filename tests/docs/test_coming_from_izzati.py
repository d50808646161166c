"""izzati's examples, translated, and its own client, unmodified."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from smallweb.core.executions import tasks
from smallweb.uploads.registry import handlers
from smallweb.uploads.services.policy import policy
from tests.snippets import run_page
from tests.source import ROOT

PAGE = ROOT / "docs/coming-from-izzati.md"


@pytest.fixture
def the_page(tmp_path: Path, settings: Any) -> Iterator[None]:
    from smallweb.uploads.queue_consumers import consumers

    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "ROOTS": {"uploads": tmp_path}}
    with handlers.temporarily(), tasks.temporarily(), consumers.temporarily():
        run_page(PAGE)
        policy.forget()
        yield
    policy.forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("the_page")
class TestThePage:
    def test_a_callback(self, capsys: pytest.CaptureFixture[str]) -> None:
        answer = Client().post("/uploads/p", {"name": "Ann", "file": io.BytesIO(b"hello")})
        assert answer.json() == {"status": "yes"}

    def test_the_queue_comes_first_where_it_stands_first(self) -> None:
        from smallweb.uploads import queue

        assert Client().post("/uploads/callback", {"a": "1"}).json() == {"status": "OK"}
        assert queue("news").waiting() == 1

    def test_the_queue_comes_by_args(self) -> None:
        from smallweb.uploads import queue

        assert Client().post("/uploads/greet", {"name": "Ann"}).json() == {"status": "OK"}
        assert queue("names").waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_its_own_client_talks_to_a_handler(live_server: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from izzati import Frontend
    policy.forget()
    client = Frontend(f"{live_server.url}/uploads/echo")
    assert client.send(js={"a": "1"}) == {"text": {"a": "1"}, "files": []}
    file = io.BytesIO(b"hello")
    file.name = "a.txt"
    said = client.send(js={"a": "1"}, f=file)
    assert said["text"] == {"a": "1"}
    assert [(one["name"], one["size"], one["field"]) for one in said["files"]] == [("a.txt", 5, "file")]
    assert Frontend(f"{live_server.url}/uploads/odd").send(js={"what": "bytes"}) == b"\0\1"


def test_every_feature_has_its_row() -> None:
    rows = (ROOT / "docs/seeds.md").read_text()
    assert [f"I{number}" for number in range(1, 14)] == [
        line.split()[1] for line in rows.splitlines() if line.startswith("| I")
    ]
