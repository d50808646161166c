"""The project as it is, with the measured site in place of the demo and its limits out of the way.

A client of a benchmark is a flood, so what a socket may ask for in a second is lifted; all else stays as it
comes.
"""

from __future__ import annotations

import os
from typing import Any

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import REDIS_URL, SMALLWEB_CORE

INSTALLED_APPS = [
    "smallweb.core",
    "smallweb.rpc",
    "bench.rpc_servers.smallweb_site",
    "django_q",
    "channels",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.rpc_servers.urls"

SMALLWEB_CORE = SMALLWEB_CORE | {"SOCKET_MESSAGES_PER_S": 1e9, "SOCKET_BURST": 10**9}

_LAYERS: dict[str, dict[str, Any]] = {
    "memory": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
    "bus": {"BACKEND": "smallweb.core.layers.BusLayer"},
    "redis": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
    "pubsub": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    },
}
CHANNEL_LAYERS = {"default": _LAYERS[os.environ.get("BENCH_LAYER", "memory")]}
