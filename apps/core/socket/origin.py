"""Which pages may open a socket, call and listen (against cross-site hijacking and forged requests)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = dict[str, Any]

_PORTS = {"http": 80, "https": 443}
_DEBUG_HOSTS = [".localhost", "127.0.0.1", "[::1]"]


def may_connect(scope: Scope, *, is_program: bool = False) -> bool:
    """Whether a handshake or a POST may go on.

    Its Host must be one of ALLOWED_HOSTS, and the page's Origin the same by scheme, host and port,
    or one of CSRF_TRUSTED_ORIGINS. Without an Origin only a program may come in: who sends no cookies, or
    a token in their place (``is_program``).
    Behind a proxy that ends TLS the scheme is known through SECURE_PROXY_SSL_HEADER.
    """
    hosts = header_values(scope, "host")
    if len(hosts) != 1 or not _is_allowed_host(hosts[0]):
        return False
    origins = header_values(scope, "origin")
    if not origins:
        return is_program or not any(header_values(scope, "cookie"))
    origin = _parts(origins[0]) if len(origins) == 1 else None
    if origin is None:
        return False
    own = _parts(f"{'https' if _is_secure(scope) else 'http'}://{hosts[0]}")
    return origin == own or any(_is_trusted(origin, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def may_listen(scope: Scope) -> bool:
    """Whether a GET may go on, with which browsers send no Origin to the page's own site.

    Another site cannot read the answer; that it does not open streams either, newer browsers'
    Sec-Fetch-Site sees to.
    """
    if header_values(scope, "origin"):
        return may_connect(scope)
    hosts = header_values(scope, "host")
    sites = header_values(scope, "sec-fetch-site")
    return len(hosts) == 1 and _is_allowed_host(hosts[0]) and sites in ([], ["same-origin"], ["none"])


def _is_allowed_host(host: str) -> bool:
    allowed = settings.ALLOWED_HOSTS or (_DEBUG_HOSTS if settings.DEBUG else [])
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _is_secure(scope: Scope) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return scope.get("scheme") in ("wss", "https")
    name, secure = settings.SECURE_PROXY_SSL_HEADER
    return header_values(scope, name.removeprefix("HTTP_").replace("_", "-").lower()) == [secure]


def header_values(scope: Scope, name: str) -> list[str]:
    """Return what a request or handshake says in all its headers of this name, given in lower case."""
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted]


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Split an origin into scheme, host and port; None for what is no http origin, such as ``null``."""
    try:
        found = urlsplit(origin)
        port = found.port
    except ValueError:
        return None
    if found.scheme not in _PORTS or not found.hostname or found.username is not None:
        return None
    if found.path or found.query or found.fragment:
        return None
    return found.scheme, found.hostname, port or _PORTS[found.scheme]


def _is_trusted(origin: tuple[str, str, int], trusted: str) -> bool:
    """Compare with one of CSRF_TRUSTED_ORIGINS, whose host may begin with ``*.``."""
    wanted = _parts(trusted)
    if wanted is None or (wanted[0], wanted[2]) != (origin[0], origin[2]):
        return False
    if wanted[1].startswith("*."):
        return origin[1].endswith(wanted[1][1:])
    return wanted[1] == origin[1]
