from __future__ import annotations

from typing import Any

import pytest

from smallweb.core.socket.origin import may_connect, may_listen

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["site.example", ".wide.example", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = [
        "https://front.example",
        "https://*.cdn.example",
        "http://dev.example:3000",
    ]


def connects(origin: str | None, host: str = "site.example", scheme: str = "ws", **more: str) -> bool:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    return may_connect({"headers": headers, "scheme": scheme})


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://site.example", "site.example", "ws"),
        ("http://site.example:80", "site.example", "ws"),
        ("http://site.example", "site.example:80", "ws"),
        ("http://site.example:8000", "site.example:8000", "ws"),
        ("https://site.example", "site.example", "wss"),
        ("https://site.example:443", "site.example", "wss"),
        ("http://SITE.example", "site.EXAMPLE", "ws"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("http://a.wide.example", "a.wide.example", "ws"),
        ("https://front.example", "site.example", "ws"),
        ("https://a.cdn.example", "site.example", "ws"),
        ("http://dev.example:3000", "site.example", "ws"),
    ],
)
def test_the_sites_own_and_trusted_pages_connect(origin: str, host: str, scheme: str) -> None:
    assert connects(origin, host, scheme)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        "https://site.example",
        "http://site.example:8000",
        "http://site.example.evil.example",
        "http://evil-site.example",
        "http://a.site.example",
        "http://user@site.example",
        "http://site.example/path",
        "http://site.example?x",
        "site.example",
        "//site.example",
        "ws://site.example",
        "file://site.example",
        "http://site.example:99999",
        "http://[site.example",
        "http://front.example",
        "https://front.example:444",
        "https://cdn.example",
        "https://evilcdn.example",
        "http://dev.example",
    ],
)
def test_foreign_pages_do_not(origin: str) -> None:
    assert not connects(origin)


@pytest.mark.parametrize("host", ["evil.example", "", "site.example@evil.example", "evil.example:80"])
def test_a_host_that_is_not_the_sites_does_not_connect_even_to_itself(host: str) -> None:
    assert not connects(f"http://{host}", host)
    assert not connects(None, host)


def test_a_program_connects_without_origin_if_it_sends_no_cookies() -> None:
    assert connects(None)
    assert not connects(None, cookie="sessionid=x")
    assert connects(None, cookie="")


def test_a_program_with_a_token_may_send_cookies_for_they_are_not_looked_at() -> None:
    headers = [(b"host", b"site.example"), (b"cookie", b"sessionid=x")]
    assert may_connect({"headers": headers}, is_program=True)
    assert not may_connect({"headers": [*headers, (b"origin", b"null")]}, is_program=True)


@pytest.mark.parametrize(
    ("more", "may"),
    [
        ({}, True),
        ({"cookie": "sessionid=x"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://site.example"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_a_get_needs_no_origin_but_a_foreign_one_is_refused(more: dict[str, str], may: bool) -> None:
    headers = [(name.encode(), value.encode()) for name, value in more.items()]
    assert may_listen({"headers": [(b"host", b"site.example"), *headers], "scheme": "http"}) is may
    assert not may_listen({"headers": [(b"host", b"evil.example"), *headers], "scheme": "http"})


def test_repeated_headers_are_refused() -> None:
    origin, host = (b"origin", b"http://site.example"), (b"host", b"site.example")
    assert may_connect({"headers": [host, origin]})
    assert not may_connect({"headers": [host, origin, origin]})
    assert not may_connect({"headers": [host, host, origin]})
    assert not may_connect({"headers": [origin]})


def test_behind_a_proxy_that_ends_tls_its_header_tells_the_scheme(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert connects("https://site.example", x_forwarded_proto="https")
    assert not connects("http://site.example", x_forwarded_proto="https")
    assert not connects("https://site.example", x_forwarded_proto="http")
    assert not connects("https://site.example")


def test_a_forwarded_scheme_is_not_believed_unless_the_site_says_so() -> None:
    assert not connects("https://site.example", x_forwarded_proto="https")


def test_in_debug_without_allowed_hosts_this_machine_is_the_site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = []
    assert not connects("http://localhost:8000", "localhost:8000")
    settings.DEBUG = True
    assert connects("http://localhost:8000", "localhost:8000")
    assert not connects("http://evil.example", "evil.example")
