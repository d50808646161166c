"""Which servers are compared, how they are started and how they are spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Dialect = Literal["smallweb", "jsonrpc", "socketio", "mqtt"]
Engine = Literal["uvicorn", "daphne", "tornado", "mosquitto"]

_UVICORN = ("-m", "uvicorn", "--host=127.0.0.1", "--port={port}", "--log-level=warning")
_COMMANDS: dict[str, tuple[str, ...]] = {
    # Compressing small messages costs more than it saves, and smallweb's manual turns it off.
    "uvicorn": (*_UVICORN, "--ws-per-message-deflate=false", "--lifespan=off", "{module}:application"),
    "daphne": ("-m", "daphne", "-v0", "-b127.0.0.1", "-p{port}", "{module}:application"),
    "tornado": ("-m", "{module}", "{port}"),
}


@dataclass(frozen=True, kw_only=True)
class Server:
    """``needs``: the server of another program that it works with."""

    name: str
    title: str
    engine: Engine
    dialect: Dialect
    module: str = ""
    needs: Literal["redis", "mosquitto"] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)

    def command(self, port: int) -> list[str]:
        return [part.format(port=port, module=self.module) for part in _COMMANDS[self.engine]]


def smallweb(engine: Engine, *, with_redis: bool = False) -> Server:
    return Server(
        name=f"smallweb-{engine}" + ("-redis" if with_redis else ""),
        title=f"smallweb / {engine}" + (", Redis" if with_redis else ""),
        engine=engine,
        dialect="smallweb",
        module="bench.rpc_servers.with_smallweb",
        needs="redis" if with_redis else None,
    )


_LAYERS = {
    "memory": "in-memory layer",
    "bus": "smallweb's BusLayer (SQLite)",
    "redis": "channels_redis",
    "pubsub": "channels_redis pub/sub",
}


def channels(engine: Engine, layer: str | None = None) -> Server:
    """Channels' consumer; it has the in-memory layer when nothing is said of it."""
    return Server(
        name=f"channels-{engine}" + (f"-{layer}" if layer else ""),
        title=(f"Channels group, {_LAYERS[layer]}" if layer else "Channels AsyncJson") + f" / {engine}",
        engine=engine,
        dialect="jsonrpc",
        module="bench.rpc_servers.with_channels",
        needs="redis" if layer in ("redis", "pubsub") else None,
        environment={"BENCH_LAYER": layer or "memory"},
    )


def plain(engine: Engine) -> Server:
    return Server(
        name=f"asgi-{engine}",
        title=f"plain ASGI / {engine}",
        engine=engine,
        dialect="jsonrpc",
        module="bench.rpc_servers.with_asgi",
    )


TORNADO = Server(
    name="tornado",
    title="tornado",
    engine="tornado",
    dialect="jsonrpc",
    module="bench.rpc_servers.with_tornado",
)
SOCKETIO = Server(
    name="socketio-uvicorn",
    title="python-socketio / uvicorn",
    engine="uvicorn",
    dialect="socketio",
    module="bench.rpc_servers.with_socketio",
)
MOSQUITTO = Server(name="mosquitto", title="mosquitto", engine="mosquitto", dialect="mqtt", needs="mosquitto")
