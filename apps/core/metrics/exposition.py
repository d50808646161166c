"""The numbers in the formats that Prometheus reads; needs the extra ``metrics``."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator

from django.utils import timezone
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from .registry import Gauge, metric_sources

logger = logging.getLogger(__name__)


def exposed(accept: str) -> tuple[bytes, str]:
    """Return all metrics and their content type, in the format that the header ``Accept`` asks for."""
    encode, content_type = choose_encoder(accept)
    return encode(_registry()), content_type


class SiteCollector(Collector):
    """Reads every source anew at each scrape, so that it does not matter which process answers."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        for source in metric_sources:
            try:
                gauges = list(source.read(now))
            except Exception:  # the other numbers are wanted all the more
                logger.warning("metrics=%s could not be read", source.name, exc_info=True)
                continue
            yield from map(_family, gauges)


@functools.cache
def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    registry.register(SiteCollector())
    return registry


def _family(gauge: Gauge) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
    for labels, value in gauge.values.items():
        family.add_metric(labels, value)
    return family
