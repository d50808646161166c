"""What was aimed at, as ratios of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bench._rpc_tables import Rows
from bench._rpc_turns import ENGINES, KINDS

Found = Mapping[str, Rows]  # by part


class Aim(NamedTuple):
    """``bound``: what ``value`` must reach, or must not exceed if ``at_most``."""

    title: str
    value: float
    bound: float
    text: str
    at_most: bool = False

    @property
    def is_reached(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound


def print_aims(found: Found) -> None:
    """Print a row for each aim whose figures were measured."""
    print("\n| Aim | | found | |\n|---|--:|--:|---|")
    for make in (_calls, _isolation, _fanout, _loss, _latency, _memory):
        for aim in _known(make, found):
            bound = f"{'at most' if aim.at_most else 'at least'} {aim.text.format(aim.bound)}"
            verdict = "reached" if aim.is_reached else "**missed**"
            print(f"| {aim.title} | {bound} | {aim.text.format(aim.value)} | {verdict} |")


def _known(make: Callable[[Found], Iterator[Aim]], found: Found) -> Iterator[Aim]:
    """Yield the aims up to the first whose figures are not there."""
    try:
        yield from make(found)
    except KeyError:
        return


def _calls(found: Found) -> Iterator[Aim]:
    rows = found["calls"]
    bounds = {"uvicorn": 4.0, "daphne": 2.5}
    for engine in ENGINES:
        for kind in KINDS:
            ours = rows[f"smallweb / {engine}, {kind}"]["many_rate"]
            stock = rows[f"Channels AsyncJson / {engine}"]["many_rate"]
            echo = rows[f"plain ASGI / {engine}"]["many_rate"]
            title = f"calls of 50 connections, {engine}, {kind}: rate beside"
            yield Aim(f"{title} Channels", ours / stock, bounds[engine], "{:.2f}x")
            yield Aim(f"{title} the plain ASGI echo", ours / echo, 0.85, "{:.2f}x")
            if engine == "uvicorn":
                yield Aim(f"{title} tornado", ours / rows["tornado"]["many_rate"], 1.0, "{:.2f}x")


def _isolation(found: Found) -> Iterator[Aim]:
    for engine in ENGINES:
        value = found["isolation"][f"smallweb / {engine}"]["p99_s"] * 1000
        yield Aim(f"p99 while another connection blocks, {engine}", value, 5.0, "{:.2f} ms", at_most=True)


def _fanout(found: Found) -> Iterator[Aim]:
    rows = {name: figures["rate"] for name, figures in found["fanout"].items()}
    for engine in ENGINES:
        ours = rows[f"smallweb / {engine}|1000"]
        stock = rows[f"Channels group, in-memory layer / {engine}|1000"]
        yield Aim(
            f"fan-out to 1,000, {engine}: rate beside Channels' in-memory group", ours / stock, 25, "{:.1f}x"
        )
    ours = rows["smallweb / uvicorn|1000"]
    yield Aim(
        "fan-out to 1,000, uvicorn: rate beside mosquitto", ours / rows["mosquitto|1000"], 0.75, "{:.2f}x"
    )


def _loss(found: Found) -> Iterator[Aim]:
    for title, figures in found["loss"].items():
        if title.startswith("smallweb"):
            value = figures["unreported"] * 100
            yield Aim(f"lost and not told, {title}", value, 0.0, "{:.1f}%", at_most=True)


def _latency(found: Found) -> Iterator[Aim]:
    for engine in ENGINES:
        value = found["latency"][f"smallweb / {engine}"]["p50_s"] * 1000
        yield Aim(f"from another process to the client, {engine}: p50", value, 5.0, "{:.2f} ms", at_most=True)


def _memory(found: Found) -> Iterator[Aim]:
    for engine in ENGINES:
        ours, stock = (
            found["memory"][f"{name} / {engine}"]["kb"] for name in ("smallweb", "Channels AsyncJson")
        )
        yield Aim(
            f"memory of an idle connection beside Channels, {engine}",
            ours / stock,
            1.0,
            "{:.2f}x",
            at_most=True,
        )
