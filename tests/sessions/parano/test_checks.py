"""What ``manage.py check`` says of apps in parano mode."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.test import override_settings

from smallweb.sessions.checks import check_parano, check_tls
from smallweb.sessions.registry import apps, describe_app

pytestmark = pytest.mark.once

_WITHOUT = """
import sys
sys.modules["cryptography"] = sys.modules["cryptography.exceptions"] = None
from django.conf import settings
settings.configure(SECRET_KEY="only for tests")
from smallweb.sessions.exceptions import AppNotReady
from smallweb.sessions.services.sealing import public_key
try:
    public_key("session")
except AppNotReady as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def app() -> Iterator[None]:
    with apps.temporarily(describe_app("checked", "tests.sessions.gui:Counter", parano=True)):
        yield


@override_settings(SESSION_COOKIE_SECURE=False, SECURE_PROXY_SSL_HEADER=None)
def test_an_app_whose_pages_come_without_tls_is_warned_of() -> None:
    (warning,) = [one for one in check_tls() if "'checked'" in one.msg]
    assert warning.id == "smallweb_sessions.W003"


@pytest.mark.parametrize(
    "setting",
    [{"SESSION_COOKIE_SECURE": True}, {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}],
    ids=lambda setting: next(iter(setting)),
)
def test_settings_of_tls_are_enough(setting: dict[str, object]) -> None:
    with override_settings(**setting):
        assert check_tls() == []


def test_the_package_is_there() -> None:
    assert check_parano() == []


def test_without_the_package_an_error_names_the_extra() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True)
    assert "django-smallweb[parano]" in done.stdout, done.stderr
