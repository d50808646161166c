"""The document that ``openapi.json`` is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django import DjangoAssertNumQueries

from smallweb.core.services.tokens import create_token
from smallweb.dispatch.models import Node
from smallweb.dispatch.openapi import document_for
from smallweb.dispatch.registry import endpoints, register_controller
from smallweb.dispatch.services.policy import policy
from smallweb.dispatch.services.sync_nodes import sync_nodes
from tests.dispatch.openapi.sample import HOSTILE, Members, Shop
from tests.people import logged_in

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "/sample/things/Shop"
MEMBERS = "/sample/things/Members"


def faults(document: dict[str, Any]) -> list[str]:
    validator = OpenAPIV31SpecValidator(document)
    return [error.message for error in validator.iter_errors()]


def paths(client: Client, **headers: str) -> set[str]:
    return set(client.get("/openapi.json", headers=headers).json()["paths"])


def operation(document: dict[str, Any], name: str, method: str = "get") -> dict[str, Any]:
    return document["paths"][f"{SHOP}/{name}"][method]  # type: ignore[no-any-return]


def contents(document: dict[str, Any], name: str, method: str = "get") -> dict[str, list[str]]:
    """Return the media of each answer that is no error of dispatch's."""
    responses = operation(document, name, method)["responses"]
    return {status: [*told.get("content", {})] for status, told in responses.items() if "$ref" not in told}


def test_it_is_valid_for_everybody(client: Client) -> None:
    user = User.objects.create_user("ann")
    staff = User.objects.create_user("eve", is_staff=True)
    for caller in (client, logged_in(user), logged_in(staff)):
        document = caller.get("/openapi.json").json()
        assert document["openapi"] == "3.1.0"
        assert faults(document) == []
    del document["info"]
    assert faults(document)


def test_a_caller_is_told_what_they_may_call(client: Client) -> None:
    user = User.objects.create_user("ann")
    staff = User.objects.create_user("eve", is_staff=True)
    editor = User.objects.create_user("bob")
    editor.groups.add(Group.objects.create(name="editors"))
    shown = {
        who: {path for path in paths(caller) if path.startswith(MEMBERS)}
        for who, caller in {
            "visitor": client,
            "user": logged_in(user),
            "staff": logged_in(staff),
            "editor": logged_in(editor),
        }.items()
    }
    assert shown == {
        "visitor": set(),
        "user": {f"{MEMBERS}/hello"},
        "staff": {f"{MEMBERS}/hello", f"{MEMBERS}/change"},
        "editor": {f"{MEMBERS}/hello", f"{MEMBERS}/edit"},
    }
    assert b"secret_word" not in client.get("/openapi.json").content


def test_a_token_says_who_asks(client: Client) -> None:
    staff = User.objects.create_user("eve", is_staff=True)
    token, text = create_token(staff, name="t", scopes=["dispatch"])
    assert f"{MEMBERS}/change" in paths(client, authorization=f"Bearer {text}")
    token.revoke()
    refused = client.get("/openapi.json", headers={"authorization": f"Bearer {text}"})
    assert refused.status_code == 401


def test_what_is_switched_off_or_private_is_not_in_it(client: Client) -> None:
    sync_nodes()
    assert f"{SHOP}/add" in paths(client)
    assert "/examples/probe/Open/hidden" not in paths(client)
    Node.objects.filter(name="sample/things/Shop/add").update(enabled=False)
    Node.objects.filter(name="sample/things/Members/hello").update(access="public")
    assert f"{SHOP}/add" not in paths(client)
    assert f"{MEMBERS}/hello" in paths(client)
    Node.objects.filter(name="sample/things").update(enabled=False)
    assert not [path for path in paths(client) if path.startswith("/sample")]
    policy.forget()


def test_its_headers_let_a_program_keep_it_and_nobody_else(client: Client) -> None:
    first = client.get("/openapi.json")
    assert first.headers["Content-Type"] == "application/json"
    assert "private" in first.headers["Cache-Control"]
    assert {"Cookie", "Authorization"} <= set(first.headers["Vary"].split(", "))
    etag = first.headers["ETag"]
    assert etag == f'"{first.json()["info"]["version"]}"'
    again = client.get("/openapi.json", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = logged_in(User.objects.create_user("ann")).get("/openapi.json", headers={"if-none-match": etag})
    assert other.status_code == 200
    assert client.post("/openapi.json").status_code == 405


def test_an_operation_says_what_the_method_takes(document: dict[str, Any]) -> None:
    add = operation(document, "add")
    assert (add["summary"], add["description"]) == (
        "Add two numbers.",
        "Add two numbers.\n\nBoth are whole.",
    )
    assert add["operationId"] == "sample.things.Shop.add.get"
    assert add["tags"] == ["sample/things"]
    assert add["x-signature"] == "(a: int, b: int = 10) -> int"
    assert add["parameters"] == [
        {"name": "a", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "b", "in": "query", "required": False, "schema": {"type": "integer", "default": 10}},
    ]
    body = operation(document, "add", "post")["requestBody"]
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 10}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert body == {
        "required": True,
        "content": {kind: {"schema": schema} for kind in (JSON, FORM)},
    }
    pick = {one["name"]: one["schema"] for one in operation(document, "pick")["parameters"]}
    assert pick["colour"] == {"$ref": "#/components/schemas/Colour", "default": "red"}
    assert pick["count"] == {"type": "integer", "minimum": 1, "maximum": 5, "default": 1}
    assert "requestBody" not in operation(document, "index", "post")


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def test_objects_come_as_json_alone(document: dict[str, Any]) -> None:
    assert list(operation(document, "move", "post")["requestBody"]["content"]) == [JSON]
    near = document["paths"][f"{SHOP}/near"]
    assert [one["name"] for one in near["get"]["parameters"]] == ["limit"]
    content = near["post"]["requestBody"]["content"]
    assert set(content[JSON]["schema"]["properties"]) == {"point", "limit"}
    assert set(content[FORM]["schema"]["properties"]) == {"limit"}
    person = operation(document, "greet", "post")["requestBody"]["content"][JSON]["schema"]
    assert person["properties"]["person"] == {"$ref": "#/components/schemas/Person"}


def test_any_names_are_free_objects(document: dict[str, Any]) -> None:
    (names,) = operation(document, "names")["parameters"]
    assert (names["name"], names["explode"]) == ("names", True)
    assert names["schema"]["additionalProperties"] == {"type": "integer"}
    (params,) = operation(document, "everything")["parameters"]
    assert params["schema"]["propertyNames"]["not"]["enum"] == ["get", "post", "urlpath", "data"]
    assert operation(document, "everything", "post")["requestBody"]["content"][JSON] == {"schema": {}}


def test_files_come_in_a_multipart_form(document: dict[str, Any]) -> None:
    body = operation(document, "photo", "post")["requestBody"]
    (kind,) = body["content"]
    properties = body["content"][kind]["schema"]["properties"]
    assert kind == "multipart/form-data"
    assert properties["photo"]["format"] == properties["more"]["items"]["format"] == "binary"
    assert body["content"][kind]["schema"]["required"] == ["title", "photo"]


def test_methods_of_http_without_a_body_have_a_query(document: dict[str, Any]) -> None:
    thing = document["paths"][f"{SHOP}/thing"]
    assert set(thing) == {"put", "delete"}
    assert [one["name"] for one in thing["delete"]["parameters"]] == ["key", "value"]
    assert "parameters" not in thing["put"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("add", {"200": [JSON]}),
        ("index", {"200": ["text/html"]}),
        ("marked", {"200": ["text/html"]}),
        ("page", {"200": ["text/html"]}),
        ("refuses", {"200": ["text/plain", "text/html"]}),
        ("word", {"200": ["text/plain", "text/html"]}),
        ("maybe", {"200": ["text/plain", "text/html", JSON], "204": []}),
        ("raw", {"200": ["application/octet-stream"]}),
        ("status", {"default": [JSON]}),
        ("answer", {"200": ["*/*"], "default": ["*/*"]}),
        ("unsaid", {"200": ["*/*"], "default": ["*/*"]}),
        ("letters", {"200": ["text/plain", "text/html"]}),
        ("chunks", {"200": ["application/octet-stream"]}),
        ("lines", {"200": ["application/x-ndjson"]}),
        ("near", {"200": [JSON]}),
    ],
)
def test_the_annotation_of_what_is_returned_says_the_answers(
    document: dict[str, Any], name: str, wanted: dict[str, list[str]]
) -> None:
    assert contents(document, name) == wanted


def test_answers_have_schemas(document: dict[str, Any]) -> None:
    def schema(name: str) -> Any:
        return operation(document, name)["responses"]["200"]["content"][JSON]["schema"]

    assert schema("near") == {"type": "array", "items": {"$ref": "#/components/schemas/Point"}}
    assert schema("maybe") == {"type": "integer"}
    assert {"$ref": "#/components/schemas/Point"} in schema("either")["anyOf"]
    assert contents(document, "thing", "put") == {"204": []}


def test_errors_have_one_shape(document: dict[str, Any]) -> None:
    responses = operation(document, "add")["responses"]
    errors = {status for status, told in responses.items() if "$ref" in told}
    assert {"400", "401", "403", "405", "422", "429", "500", "504"} <= errors
    told = document["components"]["responses"][responses["400"]["$ref"].rpartition("/")[2]]
    assert set(told["content"]) == {JSON, "text/plain"}
    assert told["content"][JSON]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert document["components"]["schemas"]["Error"]["required"] == ["error", "message"]


def test_tasks_lead_to_their_status(document: dict[str, Any]) -> None:
    work = operation(document, "work", "post")
    assert "get" not in document["paths"][f"{SHOP}/work"]
    assert contents(document, "work", "post") == {"202": [JSON]}
    started = work["responses"]["202"]
    assert "Location" in started["headers"]
    assert started["links"]["status"]["operationId"] == "status.get"
    assert set(document["paths"]["/status/{id}"]) == {"parameters", "get", "delete"}


def test_who_may_says_how_one_shows_who_one_is() -> None:
    document = document_for(User.objects.create_user("eve", is_staff=True))
    assert {} in operation(document, "add")["security"]
    change = document["paths"][f"{MEMBERS}/change"]["post"]
    assert change["security"] == [{"token": []}, {"session": [], "csrf": []}]
    assert document["paths"][f"{MEMBERS}/hello"]["get"]["security"] == [{"token": []}, {"session": []}]
    assert set(document["components"]["securitySchemes"]) == {"token", "session", "csrf"}


def test_an_index_is_at_the_path_of_its_class_too(document: dict[str, Any]) -> None:
    ids = [
        one["operationId"]
        for item in document["paths"].values()
        for method, one in item.items()
        if method != "parameters"
    ]
    assert SHOP in document["paths"]
    assert f"{SHOP}/index" in document["paths"]
    assert len(ids) == len(set(ids))


def test_the_root_is_an_index() -> None:
    root = type("index", (Shop,), {"__module__": __name__, "index": _index}, access="public", safe=True)
    _index.__qualname__ = "index.index"
    with endpoints.temporarily():
        register_controller(root, library="index")
        document = document_for(AnonymousUser())
    assert {"/", "/index/index", "/index/index/index"} <= set(document["paths"])
    assert document["paths"]["/"]["get"]["operationId"] == "get"
    assert faults(document) == []


def _index(self: Any) -> str:
    return "root"


_index.__name__ = "index"


def test_hostile_words_stay_words(document: dict[str, Any]) -> None:
    hostile = operation(document, "hostile", "post")
    assert hostile["description" if "\n" in HOSTILE else "summary"] == HOSTILE.splitlines()[0]
    content = hostile["requestBody"]["content"][JSON]["schema"]["properties"]["text"]
    assert content["default"] == HOSTILE


def test_two_types_of_one_name_stay_two() -> None:
    from smallweb.dispatch import Controller
    from tests.dispatch.openapi import other

    assert other.Error is not None
    controller: type[Controller] = other.Refusing
    with endpoints.temporarily():
        register_controller(controller, library="sample/other")
        document = document_for(None)
    assert faults(document) == []
    own = document["components"]["responses"]["Error400"]["content"][JSON]["schema"]["$ref"]
    theirs = document["paths"]["/sample/other/Refusing/last"]["post"]["responses"]["200"]["content"][JSON]
    assert own != theirs["schema"]["$ref"]


def test_two_hundred_methods_take_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    sync_nodes()
    user = User.objects.create_user("ann")
    with endpoints.temporarily():
        for number in range(70):
            copy: Any = type("Members", (Members,), dict(vars(Members)))
            copy.__qualname__ = "Members"
            register_controller(copy, library=f"many/number{number}")
        with django_assert_max_num_queries(3):
            document = document_for(user)
    assert len([path for path in document["paths"] if path.startswith("/many")]) == 70
    assert json.dumps(document)
