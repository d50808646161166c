"""Start-up of periodic."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ..core.access import PUBLIC


class PeriodicConfig(AppConfig):
    name = "smallweb.periodic"
    label = "smallweb_periodic"
    verbose_name = _("Periodic pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..core.channels import Namespace, namespaces
        from ..core.cluster import work_sources
        from ..core.health import HealthCheck, health_checks
        from ..core.invoke import call_kinds
        from ..core.metrics import MetricSource, metric_sources
        from ..core.sync import register_sync
        from . import builtins, checks, signals  # noqa: F401
        from .models import Job
        from .services.call_functions import job_call
        from .services.measure_jobs import SCHEDULE, check_schedule, read_jobs
        from .services.sync_jobs import sync_jobs
        from .tasks import page_work

        work_sources.register(page_work)
        call_kinds.register(job_call)
        health_checks.register(HealthCheck(name=SCHEDULE, origin=self.name, look=check_schedule))
        metric_sources.register(MetricSource(name="jobs", origin=self.name, read=read_jobs))
        namespaces.register(
            Namespace(name="pages", origin=self.name, subscribe=PUBLIC, retain=True, history_size=20)
        )
        register_sync(self, Job, sync_jobs)
