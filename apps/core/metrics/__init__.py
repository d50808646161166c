"""Numbers for Prometheus, read from the database when they are asked for."""

from .registry import Gauge, MetricSource, metric_sources

__all__ = ["Gauge", "MetricSource", "metric_sources"]
