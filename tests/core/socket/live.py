"""A real server for all tests of a module, and those who call it by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from smallweb.core.channels import namespaces
from smallweb.core.channels.bus.base import get_bus
from smallweb.core.services.tokens import create_token
from tests.core.buses import NAMESPACES, bus_url
from tests.core.socket.served import served


class Site(NamedTuple):
    """``core`` are the server's settings."""

    address: str
    core: dict[str, Any]
    process: psutil.Process


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[Site]:
    """One that takes few requests at once, little at a time, and few connections."""
    folder = tmp_path_factory.mktemp("site")
    core = {
        "RUN_DIR": folder / "run",
        "BUS_URL": bus_url("sqlite", folder),
        "SOCKET_MAX_IN_FLIGHT": 3,
        "SOCKET_MAX_MESSAGE_BYTES": 20_000,
        "SOCKET_MAX_PER_CLIENT": 4,
        "SOCKET_MAX_SUBSCRIPTIONS": 5,
        "SOCKET_PING_INTERVAL_S": 0.5,
    }
    name = str(connection.settings_dict["NAME"])
    with served(core, server=request.param, database=name) as (port, process):
        yield Site(f"http://127.0.0.1:{port}", core, psutil.Process(process.pid))


@pytest.fixture
def site(server: Site, settings: Any) -> Iterator[Site]:
    """The server; the test itself is another process of the same site."""
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, **server.core}
    with namespaces.temporarily(*NAMESPACES):
        yield server
        get_bus().close()


@pytest.fixture
def http(site: Site) -> Iterator[httpx.Client]:
    """A program without cookies."""
    with httpx.Client(base_url=site.address, timeout=60) as client:
        yield client


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann")


def page_of(user: User, site: Site) -> httpx.Client:
    """Return the user's browser: their cookies, the page's Origin and CSRF token."""
    django = Client()
    django.force_login(user)
    token = "a" * 32
    cookies = {"sessionid": django.cookies["sessionid"].value, "csrftoken": token}
    headers = {"Origin": site.address, "X-CSRFToken": token}
    return httpx.Client(base_url=site.address, cookies=cookies, headers=headers, timeout=60)


def bearer(user: User, **options: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(user, name='test', **options)[1]}"}


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}


def result(client: httpx.Client, method: str, *params: Any, **options: Any) -> Any:
    """Return the result of a call that works."""
    response = client.post("/rpc/", json=request(method, *params), **options)
    assert response.status_code == 200, response.text
    return response.json()["result"]
