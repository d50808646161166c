"""``manage.py smallweb_rpc``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from smallweb.rpc import serve
from smallweb.rpc.models import RemoteMember
from smallweb.rpc.services.policy import get_policy
from smallweb.rpc.services.sync_objects import sync_objects
from tests.rpc.openrpc.sample import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop() -> Shop:
    shop = Shop()
    serve(shop=shop, access="staff", attrs={"a": "rwd"})
    return shop


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("smallweb_rpc", *arguments, stdout=output)
    return output.getvalue()


def result(*arguments: str) -> Any:
    return json.loads(run(*arguments))


def test_calls_print_their_results_as_json() -> None:
    assert result("call", "shop.add", "4", "5") == 9
    assert result("call", "shop.add", "[4, 5]") == 9
    assert result("call", "shop.add", '{"a": 4}') == 14
    assert result("call", "shop.count", "3") == [0, 1, 2]
    assert result("call", "shop.nothing") is None


def test_attributes_are_got_set_and_deleted(shop: Shop) -> None:
    assert result("set", "shop.a", "7") is True
    assert shop.a == result("get", "shop.a") == 7
    assert result("delete", "shop.a") is True
    assert result("get", "shop.a") == 1


def test_what_fails_is_an_error_of_the_command() -> None:
    with pytest.raises(CommandError, match="b: Expected `int`, got `str`") as raised:
        run("call", "shop.add", "4", '"5"')
    assert raised.value.returncode == 1
    with pytest.raises(CommandError, match=r"'x' is no JSON .* double quotes"):
        run("call", "shop.add", "x")
    with pytest.raises(CommandError, match=r"no method 'shop\.hidden'"):
        run("call", "shop.hidden")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        run("get", "shop.a", "--as", "nobody")


def test_the_rights_are_all_or_those_of_somebody() -> None:
    User.objects.create(username="ann", is_staff=True)
    User.objects.create(username="bob")
    assert result("call", "shop.add", "1", "--as", "ann") == 11
    for caller in (["--as", "bob"], ["--anonymous"]):
        with pytest.raises(CommandError, match=r"may not call shop\.add"):
            run("call", "shop.add", "1", *caller)
    assert set(result("describe", "--as", "ann")["objects"]) == {"shop"}
    assert result("describe", "--anonymous") == {"objects": {}}
    assert result("describe", "shop.add")["signature"] == "(a: int, b: int = 10) -> int"


def test_the_list_shows_signatures_and_who_may() -> None:
    sync_objects()
    RemoteMember.objects.filter(name="shop.count").update(enabled=False)
    get_policy().forget()
    lines = [line.split("  ") for line in run("list").splitlines()]
    told = {parts[1] if len(parts) > 1 else parts[0]: parts[-1].strip() for parts in lines}
    assert told["shop"] == "shop"
    assert told["add(a: int, b: int = 10) -> int"] == "staff"
    assert told["a: integer [rwd]"] == "staff"
    assert told["volume: integer [rw, tracked]"] == "staff"
    assert next(text for name, text in told.items() if name.startswith("count(")) == "off"


@pytest.mark.parametrize(
    ("ending", "holds"), [("ts", "export interface Api"), ("js", "class Objects$shop"), ("py", "class Shop")]
)
def test_clients_are_written_for_a_caller(ending: str, holds: str, tmp_path: Path) -> None:
    assert holds in run("client", f"--{ending}")
    file = tmp_path / f"api.{ending}"
    assert run("client", f"--{ending}", "-o", str(file)) == ""
    assert holds in file.read_text()
    assert holds in run("client", "--ts", "--anonymous") or ending != "ts"
    assert "shop" not in run("client", f"--{ending}", "--anonymous")
