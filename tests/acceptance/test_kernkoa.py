"""kernkoa's own examples over HTTP: a real server, a real worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.running_site import RunningSite, running_site
from tests.acceptance.visitor import JSON, Visitor
from tests.waiting import wait_for

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
FOLDERS = "/folder1/folder2/folder3/folder4/folder5/folder6/folder7"
TRIGGER = "/celeryexample/asynclibrary/asyncclass/triggerfunction"
TITLE = "Contando con 2 segundos de desfase hasta 10"
WAITING = {"status": "Running", "state": ""}
UNKNOWN = "7aed018b-cf67-44f2-819d-22546547d14a"

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """One task at a time, so that a second one waits."""
    env = {"SMALLWEB_APPS": "smallweb_project.demo,tests.host", "SMALLWEB_WORKERS": "1"}
    with running_site(tmp_path_factory.mktemp("kernkoa") / "data", env=env) as running:
        yield running


@pytest.fixture
def new_visitor(site: RunningSite) -> Callable[[], Visitor]:
    return lambda: Visitor(site.url)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/fasthelloworld/fastHelloClass/fastHelloWorld", (200, TEXT, b"hello world!!.")),
        ("/fasthelloworld/fastHelloClass/fastHelloWorldWithParameters", (200, TEXT, b"Hello World")),
        ("/fasthelloworld/fastHelloClass/fastHelloWorldWithParameters?hello=world&with=parameters",
         (200, HTML, b"hello = world<br>with = parameters<br>")),
        ("/examples/folderexmple/fastHelloClass/fastHelloWorld", (200, TEXT, b"hello world!!.")),
        ("/examples/folderexmple/fastHelloClass/fastHelloWorldWithParameters?hello=world&with=parameters",
         (200, HTML, b"hello = world<br>with = parameters<br>")),
        (f"{FOLDERS}/urllibrary/urlclass/urlmethod2?param1=1&param2=2&param3=3&param4=4",
         (200, HTML, b"param1 = 1<br>param2 = 2<br>param3 = 3<br>param4 = 4<br>")),
    ],
)  # fmt: skip
def test_an_example_gives_what_its_readme_promises(
    new_visitor: Callable[[], Visitor], path: str, wanted: tuple[int, str, bytes]
) -> None:
    assert new_visitor().get(path) == wanted


def test_json_is_the_data_of_the_params(new_visitor: Callable[[], Visitor]) -> None:
    path = "/jsonexample/jsonclass/jsonmethod"
    answer = new_visitor().post(f"{path}?q=2", b'{"k": [1, 2]}', JSON)
    body = b'{"get":{"q":"2"},"post":{},"urlpath":"jsonexample/jsonclass/jsonmethod","data":{"k":[1,2]}}'
    assert answer == (200, JSON, body)


def test_a_form_is_flat_in_the_params(new_visitor: Callable[[], Visitor]) -> None:
    path = "/jsonexample/jsonclass/jsonmethod"
    answer = new_visitor().post(f"{path}?a=url&q=2", b"x=1&a=post", "application/x-www-form-urlencoded")
    assert answer[:2] == (200, JSON)
    assert json.loads(answer.body) == {
        "get": {"a": "url", "q": "2"}, "post": {"x": "1", "a": "post"}, "x": "1", "a": "post",
        "urlpath": path[1:],
    }  # fmt: skip


def test_work_in_the_background_tells_how_far_it_is(new_visitor: Callable[[], Visitor]) -> None:
    visitor = new_visitor()
    first, second = _trigger(visitor), _trigger(visitor)
    wait_for(lambda: visitor.status(first) != WAITING, limit_s=30)
    assert visitor.status(second) == WAITING
    told = [visitor.status(first)]

    def is_done() -> bool:
        told.append(visitor.status(first))
        return "data" in told[-1]

    wait_for(is_done, limit_s=30)
    states = [one["state"] for one in told if "number" in one.get("state", {})]
    assert states == [{"number": one["number"], "title": TITLE} for one in states]
    numbers = [one["number"] for one in states]
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(range(1, 11))
    assert len(set(numbers)) > 1
    started = {"status": "inProgress", "state": {"method": "asyncfunction_celery"}}
    running = [one for one in told if one["status"] == "inProgress"]
    assert [one for one in running if one["state"] not in states] in (
        [],
        [started] * (len(running) - len(states)),
    )
    assert told[-1] == {"status": "SUCCESS", "data": 10}
    assert {one["status"] for one in told} == {"inProgress", "SUCCESS"}
    done = {"status": "SUCCESS", "data": 10}
    wait_for(lambda: visitor.status(second) == done, limit_s=30)
    assert new_visitor().get(f"/status/{first}").status == 404


def test_an_unknown_task_is_not_there(new_visitor: Callable[[], Visitor]) -> None:
    assert new_visitor().get(f"/status/{UNKNOWN}").status == 404


def _trigger(visitor: Visitor) -> str:
    """Start the example's task as a browser does; return the id in the link that is answered."""
    answer = visitor.get(TRIGGER)
    link = rf"<a href='{re.escape(visitor.url)}/status/([0-9a-f-]{{36}})'>Async Test</a>"
    found = re.fullmatch(link, answer.body.decode())
    assert answer[:2] == (200, HTML) and found
    return found[1]
