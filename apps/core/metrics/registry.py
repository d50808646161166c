"""Where numbers come from; what they are sent in is another matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..registry import Entry, Registry


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """One metric of this moment: ``values`` has a number for each combination of the labels' values.

    Without labels that is ``{(): number}``. Let labels have few values: each combination is kept for ever.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MetricSource(Entry):
    """``read(now)`` is called at each scrape: bounded queries only. What it raises leaves its gauges out."""

    read: Callable[[datetime], Iterable[Gauge]]


metric_sources: Registry[MetricSource] = Registry("source of metrics")
