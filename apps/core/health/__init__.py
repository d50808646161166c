"""Whether the site does what it shall, and what to do where it does not: one registered look each."""

from .registry import HealthCheck, HealthResult, Level, health_checks, lag_result

__all__ = ["HealthCheck", "HealthResult", "Level", "health_checks", "lag_result"]
