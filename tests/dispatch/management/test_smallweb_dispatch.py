"""``manage.py smallweb_dispatch``."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from smallweb.core.models import TaskRun
from smallweb.dispatch.models import Node
from smallweb.dispatch.services.policy import policy
from smallweb.dispatch.services.sync_nodes import sync_nodes
from tests.source import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = "examples/probe/Open"
CLOSED = "examples/probe/Closed"


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("smallweb_dispatch", *arguments, stdout=output)
    return output.getvalue()


def failed(*arguments: str) -> tuple[str, str]:
    """Return what is printed and the error of a command that ends with 1."""
    output = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("smallweb_dispatch", *arguments, stdout=output)
    assert raised.value.returncode == 1
    return output.getvalue(), str(raised.value)


def listed(*arguments: str) -> dict[str, Any]:
    return {one["path"]: one for one in json.loads(run("list", "--json", *arguments))}


def test_the_list_shows_methods_rules_and_who_says_them() -> None:
    lines = run("list").splitlines()
    at = lines.index(OPEN)
    own = [line for line in lines[at + 1 :] if line.startswith("  ")]
    (add,) = [line for line in own if line.startswith("  add(a: int, b: int = 0) -> int ")]
    assert add.endswith(f"GET|POST public ({OPEN})")
    assert any(line.startswith("  count(to: int)") and line.endswith("  task") for line in own)
    assert any(line.startswith("  hidden()") and line.endswith("  private") for line in own)
    sync_nodes()
    Node.objects.filter(name=f"{OPEN}/add").update(enabled=False)
    told = listed()
    assert (told[f"{OPEN}/add"]["rule"], told[f"{OPEN}/add"]["said_by"]) == (None, f"{OPEN}/add")
    assert (told[f"{CLOSED}/hello"]["rule"], told[f"{CLOSED}/hello"]["said_by"]) == ("login", "")
    assert told[f"{OPEN}/any_name"]["signature"] == "(**names: int) -> dict[str, int]"
    assert told[f"{OPEN}/dump"]["signature"] == "(params: Any) -> Any"
    assert "off (" in run("list")
    policy.forget()


def test_the_list_says_whether_a_user_may() -> None:
    User.objects.create_user("ann")
    told = listed("--user", "ann")
    assert told[f"{CLOSED}/hello"]["is_allowed"] is True
    assert told[f"{CLOSED}/change"]["is_allowed"] is False
    assert told[f"{OPEN}/hidden"]["is_allowed"] is False
    assert listed()[f"{OPEN}/add"]["is_allowed"] is None
    assert "staff (examples/probe/Closed/change)  may not" in run("list", "--user", "ann")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        run("list", "--user", "nobody")


def test_a_url_is_explained() -> None:
    User.objects.create_user("ann")
    told = dict(line.split(None, 1) for line in run("url", f"/{CLOSED}/change", "--user", "ann").splitlines())
    assert told["reaches"] == "tests.host.controllers.examples.probe.Closed.change"
    assert told["rule"] == f"staff ({CLOSED}/change)"
    assert told["answered"] == "no"
    assert told["but"] == "ann is no staff."
    assert "GET does not reach it; send POST." in run("url", f"/{CLOSED}/change")
    assert "answered yes" in run("url", f"/{CLOSED}/hello", "--user", "ann")
    assert "ann is no staff." in run("url", f"/{CLOSED}/change", "--user", "ann", "--method", "post")
    assert "django.contrib.admin" in run("url", "/admin/")
    printed, error = failed("url", f"/{OPEN}/hidden")
    assert "it is private" in printed
    assert error == f"/{OPEN}/hidden reaches no code."
    assert "'http://[' is no URL: " in failed("url", "http://[")[1]


def test_a_call_goes_through_the_view() -> None:
    User.objects.create_user("ann")
    assert run("call", f"{OPEN}/add", "a=4", "b=5").strip() == "9"
    assert run("call", f"/{OPEN}/add", "a=4", "--method", "post").strip() == "4"
    assert json.loads(run("call", f"{OPEN}/order", "--json", '{"article": {"name": "tea"}}'))["count"] == 2
    assert json.loads(run("call", f"{OPEN}/flags", "tags=a", "tags=b", "on=on"))["tags"] == ["a", "b"]
    assert run("call", f"{OPEN}/letters").strip() == "abc"
    assert run("call", f"{OPEN}/nothing").strip() == ""
    assert run("call", f"{CLOSED}/hello", "--user", "ann").strip() == "hello"
    assert run("call", f"{OPEN}/me", "--user", "ann").strip() == "ann"
    told = json.loads(run("call", f"{OPEN}/dump", "q=1", "--json", '{"k": 1}'))
    assert (told["get"], told["data"]) == ({"q": "1"}, {"k": 1})


def test_a_task_is_started_by_a_call() -> None:
    ann = User.objects.create_user("ann")
    assert json.loads(run("call", f"{OPEN}/count", "to=3", "--user", "ann"))["type"] == "task"
    assert TaskRun.objects.get().owner_id == ann.pk


def test_a_call_that_is_refused_ends_with_1() -> None:
    User.objects.create_user("ann")
    printed, error = failed("call", f"{OPEN}/add", "a=x")
    assert printed.strip() == "a: Expected `int`, got `str`."
    assert error == "The answer has the status 400 Bad Request"
    assert failed("call", f"{CLOSED}/hello")[1].endswith("401 Unauthorized")
    assert failed("call", f"{CLOSED}/change", "--user", "ann")[1].endswith("403 Forbidden")
    assert failed("call", f"{CLOSED}/change", "--method", "GET")[1].endswith("405 Method Not Allowed")
    assert failed("call", f"{OPEN}/teapot")[0].strip() == "short and stout"
    assert "No method of a controller has the path" in failed("call", f"{OPEN}/hidden")[1]
    with pytest.raises(CommandError, match="'a' is no NAME=VALUE"):
        run("call", f"{OPEN}/add", "a")


def test_the_document_is_printed_or_written(tmp_path: Path) -> None:
    User.objects.create_user("ann")
    assert f"/{CLOSED}/change" in json.loads(run("openapi"))["paths"]
    assert f"/{CLOSED}/change" not in json.loads(run("openapi", "--user", "ann"))["paths"]
    file = tmp_path / "openapi.json"
    assert run("openapi", "--output", str(file)) == ""
    assert json.loads(file.read_text())["openapi"] == "3.1.0"


def test_a_new_controller_is_written_and_found(tmp_path: Path) -> None:
    (tmp_path / "till").mkdir()
    (tmp_path / "till/__init__.py").touch()
    settings = "from tests.settings import *\nINSTALLED_APPS += ['till']\n"
    (tmp_path / "till_settings.py").write_text(settings)
    printed = shell(tmp_path, "new", "shop/receipts/Receipts", "--app", "till").stdout
    assert "GET   /shop/receipts/Receipts/hello" in printed
    told = shell(tmp_path, "url", "/shop/receipts/Receipts/hello").stdout
    assert "reaches  till.controllers.shop.receipts.Receipts.hello" in told
    again = shell(tmp_path, "new", "shop/receipts/Receipts", "--app", "till")
    assert (again.returncode, again.stdout) == (1, "")
    assert "There is a controller shop/receipts/Receipts already" in again.stderr
    assert "say with --app into which one" in shell(tmp_path, "new", "shop/receipts/More").stderr
    assert "has '..'" in failed("new", "../Receipts", "--app", "host")[1]


def shell(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a site whose settings are in the folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "typings"), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "till_settings",
        "DATABASE_URL": f"sqlite:///{folder}/till.sqlite3",
    }
    command = [sys.executable, "-m", "django", "smallweb_dispatch", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
