"""What the project answers where no method is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/status/not-an-id", "/status/1/cancel", "/examples/probe/Open/no_method"])
def test_programs_hear_in_json_what_is_not_there(client: Client, settings: Any, path: str) -> None:
    settings.ROOT_URLCONF = "smallweb_project.urls"
    told = client.get(path, headers={"accept": "application/json"})
    assert told.status_code == 404
    assert told.json() == {"error": "not_found", "message": "There is nothing here."}
    page = client.get(path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
