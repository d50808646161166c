"""Another process of the site that publishes: ``python -m bench.rpc_servers.publisher DIALECT COUNT``."""

from __future__ import annotations

import random
import sys
import time
from typing import Any

import django

django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402

from bench.rpc_servers.with_channels import GROUP  # noqa: E402
from smallweb.core.channels import publish  # noqa: E402


def say_to_group(data: dict[str, Any]) -> None:
    async_to_sync(get_channel_layer().group_send)(GROUP, {"type": "news", "data": data})


def say_on_channel(data: dict[str, Any]) -> None:
    publish("news/local", data)


def main() -> None:
    say = {"smallweb": say_on_channel, "jsonrpc": say_to_group}[sys.argv[1]]
    for _ in range(int(sys.argv[2])):
        time.sleep(random.uniform(0.005, 0.025))  # so that no rhythm of a reader is met
        say({"at": time.monotonic()})


if __name__ == "__main__":
    main()
