"""The client in a program that knows nothing of Django."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smallweb.rpc import client
from tests.source import ROOT

pytestmark = pytest.mark.once


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "typings")},
        capture_output=True,
        text=True,
    )


def test_it_needs_no_settings() -> None:
    ended = python(
        "from smallweb.rpc.client import connect, connect_sync\n"
        "from django.conf import settings\n"
        "assert not settings.configured"
    )
    assert ended.returncode == 0, ended.stderr


def test_without_websockets_it_says_what_to_install() -> None:
    ended = python("import sys; sys.modules['websockets'] = None; import smallweb.rpc.client")
    assert "ImportError: smallweb.rpc.client needs the package websockets" in ended.stderr
    assert "pip install 'django-smallweb[client]'" in ended.stderr


def test_every_public_name_is_there_and_the_docs_speak_of_it() -> None:
    page = (ROOT / "docs/python-client.md").read_text()
    assert [name for name in client.__all__ if not hasattr(client, name)] == []
    assert [name for name in client.__all__ if f"`{name}" not in page] == []
