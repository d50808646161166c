"""The tree of controllers in the admin."""

from __future__ import annotations

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from smallweb.dispatch.models import Node
from smallweb.dispatch.registry import endpoints
from smallweb.dispatch.services.watch_requests import note_end
from tests.dispatch.admin.conftest import OPEN, node

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_dispatch/node/"


def _text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def _names(client: Client, query: str = "") -> list[str]:
    return [row.name for row in client.get(LIST + query).context["cl"].result_list]


def _page(name: str) -> str:
    return f"{LIST}{node(name).pk}/change/"


def test_an_empty_list_renders(db: None, boss: Client) -> None:
    Node.objects.all().delete()
    assert _names(boss) == []


def test_what_lies_in_a_node_comes_right_after_it(nodes: None, boss: Client) -> None:
    names = _names(boss)
    assert names == sorted(names)
    place = names.index("examples/probe/Open")
    assert names[place + 1].startswith("examples/probe/Open/")
    text = _text(boss, LIST)
    assert '<span class="smallweb-depth-3">add' in text
    assert f"{OPEN}/add</" not in text


def test_found_nodes_show_their_whole_path(nodes: None, boss: Client) -> None:
    assert f"{OPEN}/hello_async" in _text(boss, f"{LIST}?q=hello_async")
    assert _names(boss, "?q=hello_async") == [f"{OPEN}/hello_async"]


def test_filters(nodes: None, boss: Client) -> None:
    assert "examples" in _names(boss, "?kind__exact=folder")
    Node.objects.filter(name="examples/probe/Open").update(enabled=False)
    assert _names(boss, "?state=off") == ["examples/probe/Open"]
    above = _names(boss, "?state=above")
    assert f"{OPEN}/hello" in above
    assert all(name.startswith(f"{OPEN}/") for name in above)
    on = _names(boss, "?state=on")
    assert "examples/probe/Closed/hello" in on
    assert not {OPEN, f"{OPEN}/hello"} & set(on)


@pytest.mark.parametrize(
    ("edits", "name", "words"),
    [
        ({}, f"{OPEN}/hello", 'public</code></div><div class="smallweb-doc">as <a'),
        ({}, "examples/probe/Closed/change", "as its code says"),
        ({}, "examples/probe/Closed/hello", "as the settings say"),
        ({f"{OPEN}/hello": "staff"}, f"{OPEN}/hello", "edited here"),
        ({"examples": "staff"}, "examples/probe/Closed/hello", '?name=examples">examples</a>'),
    ],
)
def test_the_page_says_which_rule_holds_and_who_says_it(
    edits: dict[str, str], name: str, words: str, nodes: None, boss: Client
) -> None:
    for path, access in edits.items():
        Node.objects.filter(name=path).update(access=access)
    assert words in _text(boss, _page(name))


def test_what_is_off_above_says_where(nodes: None, boss: Client) -> None:
    Node.objects.filter(name="examples").update(enabled=False)
    assert "off above, at <a" in _text(boss, _page(f"{OPEN}/hello"))


def test_the_page_of_a_method_says_what_it_is(nodes: None, boss: Client) -> None:
    text = _text(boss, _page(f"{OPEN}/add"))
    for words in (
        f"/{OPEN}/add", "(a: int, b: int = 0) -> int", "tests.host.controllers.examples.probe.Open.add",
        "controllers/examples/probe.py:", "GET, POST", "<td>a</td><td>int</td>", f"?below={OPEN}/add",
    ):  # fmt: skip
        assert words in text, words
    assert "POST, as a task" in _text(boss, _page(f"{OPEN}/count"))
    assert "Parameters" not in _text(boss, _page("examples"))


@pytest.mark.parametrize("name", [one.name for one in endpoints if one.is_public])
def test_every_page_renders(name: str, nodes: None, boss: Client) -> None:
    assert boss.get(_page(name)).status_code == 200


def test_figures_and_the_last_error_are_shown(nodes: None, boss: Client) -> None:
    from django.http import HttpResponse
    from django.test import RequestFactory

    request, endpoint = RequestFactory().get("/"), endpoints.get(f"{OPEN}/hello")
    note_end(request, endpoint, HttpResponse(), None, took_s=0.004)
    note_end(request, endpoint, HttpResponse(status=500), ValueError("<b>"), took_s=0.004)
    for page in (LIST, _page(f"{OPEN}/hello")):
        text = boss.get(page).content.decode()
        assert "2 in the last minute, 2 in the last hour" in text
        assert "2, 1 failed; half within 4 ms, 95 % within 4 ms" in text
        assert "ValueError: &lt;b&gt;" in text


def test_an_edit_holds_and_is_given_up(nodes: None, boss: Client, client: Client) -> None:
    page = _page(f"{OPEN}/hello")
    assert boss.post(page, {"enabled": "on", "access": "nonsense"}).status_code == 200
    assert boss.post(page, {"enabled": "on", "access": "staff"}).status_code == 302
    assert node(f"{OPEN}/hello").access == "staff"
    boss.post(f"{LIST}{node(f'{OPEN}/hello').pk}/do/reset/")
    assert node(f"{OPEN}/hello").access == ""


@pytest.mark.django_db(transaction=True)
def test_a_switch_holds_at_once(nodes: None, boss: Client, client: Client) -> None:
    assert client.get(f"/{OPEN}/hello").status_code == 200
    boss.post(f"{LIST}{node('examples').pk}/do/switch_off/")
    assert client.get(f"/{OPEN}/hello").status_code == 404
    boss.post(f"{LIST}{node('examples').pk}/do/switch_on/")
    assert client.get(f"/{OPEN}/hello").status_code == 200


def test_many_nodes_cost_no_more_queries(nodes: None, boss: Client) -> None:
    few = _queries(boss)
    rows = [Node(name=f"many/lib{i // 50}/Class/m{i}", kind="method", in_code=False) for i in range(500)]
    Node.objects.bulk_create(rows)
    assert _queries(boss) == few
    assert few < 15


def _queries(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(LIST).status_code == 200
    return len(queries)
