"""``add`` in the three kinds of served methods, and a channel."""

from __future__ import annotations

import time

from bench.rpc_servers.events import event_data
from smallweb.core.channels import Namespace, namespaces
from smallweb.rpc import expose, publish, serve

CHANNEL = "news/local"

namespaces.register(Namespace(name="news", subscribe="public", history_size=1_000))


class Sample:
    @expose
    def add(self, a: int, b: int) -> int:
        return a + b

    @expose(inline=True)
    def add_inline(self, a: int, b: int) -> int:
        return a + b

    @expose
    async def add_async(self, a: int, b: int) -> int:
        return a + b

    @expose
    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return True

    @expose(locking="object")  # calls of one client come in their order
    def publish(self, first: int, count: int) -> bool:
        for number in range(first, first + count):
            publish(CHANNEL, event_data(number))
        return True


serve(sample=Sample(), access="public")
