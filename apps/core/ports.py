"""Ports that are free, and how addresses are written."""

from __future__ import annotations

import errno
import socket

from django.core.management.base import CommandError

PORTS_TRIED = 100


def free_port(host: str, wanted: int) -> int:
    """Return the first free port from ``wanted`` on. Raises CommandError after PORTS_TRIED."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with socket.socket(family) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise CommandError(f"Port {port} of {host} cannot be had: {error}; give others.") from error
            return port
    raise CommandError(
        f"No port from {wanted} to {wanted + PORTS_TRIED - 1} is free on {host}; give another --port."
    )


def address(host: str, port: int) -> str:
    """Return how a URL, and runserver, writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
