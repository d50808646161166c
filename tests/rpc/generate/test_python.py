"""The module for Python, as mypy judges it and its use; and answers of a real server, read by it."""

from __future__ import annotations

import asyncio
import datetime
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.rpc.client import connect, connect_sync
from smallweb.rpc.generate import python
from tests.rpc.owner.site import running
from tests.source import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

HERE = Path(__file__).parent


def mypy(folder: Path) -> str:
    """Return what mypy --strict says of all files of the folder; nothing if all is well."""
    environment = {**os.environ, "MYPYPATH": f"{ROOT / 'typings'}:{folder}"}
    files = sorted(str(path) for path in folder.glob("*.py"))
    command = [
        sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent",
        "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache/generated"), *files,
    ]  # fmt: skip
    ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert bool(ended.stdout) == bool(ended.returncode), ended.stderr
    return ended.stdout


def loaded(text: str, folder: Path) -> Any:
    (folder / "api.py").write_text(text)
    spec = importlib.util.spec_from_file_location("generated_api", folder / "api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generated_api"] = module  # its classes look for their annotations there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with running("owner", tmp_path), running("web", tmp_path) as (port, _process):
        yield f"http://127.0.0.1:{port}/"


def test_right_use_passes_mypy_and_wrong_use_does_not(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text(python(document))
    (tmp_path / "use.py").write_text((HERE / "use_py.txt").read_text())
    assert mypy(tmp_path) == ""
    wrong = "from api import Api\n\n\ndef wrong(api: Api) -> int:\n    return api.shop.add('4')\n"
    (tmp_path / "use.py").write_text(wrong)
    assert "arg-type" in mypy(tmp_path)


def test_names_that_mean_something_else_are_evaded(document: dict[str, Any], tmp_path: Path) -> None:
    (add,) = [one for one in document["methods"] if one["name"] == "shop.add"]
    (many,) = [one for one in document["methods"] if one["name"] == "shop.many"]
    document["methods"].append({**many, "name": "shop.list"})
    document["methods"].append({**add, "name": "shop.int"})
    add["params"][0]["name"] = "self"
    document["components"]["schemas"]["Odd"] = {
        "type": "object", "properties": {"odd-name": {"type": "integer"}, "class": {}}, "required": ["class"],
    }  # fmt: skip
    text = python(document)
    assert text.count("builtins.int") > 10
    odd = loaded(text, tmp_path).Odd(f_class=1)
    assert odd.f_class == 1
    assert mypy(tmp_path) == ""


def test_answers_are_objects(document: dict[str, Any], tmp_path: Path, url: str) -> None:
    api = loaded(python(document), tmp_path)
    with connect_sync(url) as client:
        shop = api.Api(client).shop
        assert shop.add(4, 5) == shop.add(a=4, b=5) == 9
        assert shop.move(api.Point(x=1)).x == 2.0
        order = api.Order(customer="ann", lines=[api.Line(article="tea")])
        assert shop.order(order, urgent=True).lines[0].count == 1
        assert shop.pet(api.Dog(name="Rex")) == api.Dog(name="Rex")
        assert shop.many(1, 2, 3) == [1, 2, 3]
        assert shop.named(name="x", other=1) == {"other": 1}
        assert shop.when(datetime.date(2026, 1, 1)).startswith("2026-01-01")
        assert shop.count(3) == list(shop.stream_count(3)) == [0, 1, 2]
        assert list(shop.stream_points()) == [api.Point(x=1.0, tags=[])]
        shop.a = 5
        assert shop.a == 5
        assert shop.place.x == 2.0
        del shop.place
        assert shop.inner.deep() == shop.inner.depth == 2
        assert shop.nothing() is None
        assert api.Api(client).half(3) == 1.5


def test_the_asynchronous_client_does_the_same(document: dict[str, Any], tmp_path: Path, url: str) -> None:
    api = loaded(python(document), tmp_path)

    async def use() -> None:
        async with connect(url) as client:
            shop = api.AsyncApi(client).shop
            assert await shop.add(4, 5) == 9
            await shop.set_a(6)
            assert await shop.a == await shop.get_a() == 6
            assert [n async for n in shop.stream_count(3)] == [0, 1, 2]
            await shop.delete_place()

    asyncio.run(use())
