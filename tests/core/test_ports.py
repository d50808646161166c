from __future__ import annotations

import socket

import pytest
from django.core.management import CommandError

from smallweb.core.ports import address, free_port

pytestmark = pytest.mark.once


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) <= port + 100


def test_an_address_that_is_not_ours_is_refused_at_once() -> None:
    with pytest.raises(CommandError, match=r"of 192\.0\.2\.1 cannot be had"):
        free_port("192.0.2.1", 8000)


def test_there_is_an_end_of_ports() -> None:
    with pytest.raises(CommandError, match="No port from 65536"):
        free_port("127.0.0.1", 65536)


def test_addresses_are_written_as_urls_want_them() -> None:
    assert (address("::1", 80), address("example.org", 80)) == ("[::1]:80", "example.org:80")
