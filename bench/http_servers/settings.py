"""The project's own settings, with the measured views in place of the demo."""

from __future__ import annotations

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import SMALLWEB_CORE

INSTALLED_APPS = [
    "smallweb.core",
    "smallweb.dispatch",
    "bench.http_servers.site",
    "django_q",
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
DEBUG = False
ROOT_URLCONF = "bench.http_servers.urls"
SMALLWEB_CORE = SMALLWEB_CORE | {"SOCKET_MESSAGES_PER_S": 1e9, "SOCKET_BURST": 10**9}
