"""What was aimed at, as ratios of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from bench._rpc_tables import Rows
from bench._rpc_turns import ENGINES, KINDS

Found = Mapping[str, Rows]  # by part


class Aim(NamedTuple):
    """``bound``: what ``value`` must reach, or must not exceed if ``at_most``.

    ``by_cpu``: the same ratio of the server's CPU, which a busy machine does not spoil.
    """

    title: str
    value: float
    bound: float
    text: str
    at_most: bool = False
    by_cpu: float | None = None

    @property
    def is_reached(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound


def print_aims(found: Found) -> None:
    """Print a row for each aim whose figures were measured."""
    print("\n| Aim | | found | by CPU | |\n|---|--:|--:|--:|---|")
    for make in (_calls, _isolation, _fanout, _loss, _latency, _memory):
        for aim in _known(make, found):
            bound = f"{'at most' if aim.at_most else 'at least'} {aim.text.format(aim.bound)}"
            verdict = "reached" if aim.is_reached else "**missed**"
            by_cpu = aim.text.format(aim.by_cpu) if aim.by_cpu else ""
            print(f"| {aim.title} | {bound} | {aim.text.format(aim.value)} | {by_cpu} | {verdict} |")


def _known(make: Callable[[Found], Iterator[Aim]], found: Found) -> Iterator[Aim]:
    """Yield the aims up to the first whose figures are not there."""
    with suppress(KeyError):
        yield from make(found)


def _calls(found: Found) -> Iterator[Aim]:
    bounds = {"uvicorn": 4.0, "daphne": 2.5}
    for engine in ENGINES:
        others = {f"Channels AsyncJson / {engine}": bounds[engine], f"plain ASGI / {engine}": 0.85}
        if engine == "uvicorn":
            others["tornado"] = 1.0
        for kind in KINDS:
            for other, bound in others.items():
                ours = f"smallweb / {engine}, {kind}"
                title = f"calls of 50 connections, {engine}, {kind}: beside {other.partition(' /')[0]}"
                yield _beside(found["calls"], ours, other, title, bound, prefix="many_")


def _beside(rows: Rows, ours: str, other: str, title: str, bound: float, *, prefix: str = "") -> Aim:
    """Compare two rows by their rates."""
    own, peer = rows[ours], rows[other]
    by_cpu = peer[f"{prefix}server_s"] / own[f"{prefix}server_s"]
    return Aim(title, own[f"{prefix}rate"] / peer[f"{prefix}rate"], bound, "{:.2f}x", by_cpu=by_cpu)


def _isolation(found: Found) -> Iterator[Aim]:
    for engine in ENGINES:
        value = found["isolation"][f"smallweb / {engine}"]["p99_s"] * 1000
        yield Aim(f"p99 while another connection blocks, {engine}", value, 5.0, "{:.2f} ms", at_most=True)


def _fanout(found: Found) -> Iterator[Aim]:
    for engine in ENGINES:
        ours, group = f"smallweb / {engine}|1000", f"Channels group, in-memory layer / {engine}|1000"
        title = f"fan-out to 1,000, {engine}: beside"
        yield _beside(found["fanout"], ours, group, f"{title} Channels' in-memory group", 25)
        yield _beside(found["fanout"], ours, "mosquitto|1000", f"{title} mosquitto", 0.75)


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
