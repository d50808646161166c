"""Start-up of uploads."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UploadsConfig(AppConfig):
    name = "smallweb.uploads"
    label = "smallweb_uploads"
    verbose_name = _("Uploads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..core.cluster import work_sources
        from ..core.cluster.companions import CompanionSource, companion_sources
        from ..core.signals import run_finished
        from ..core.sync import register_sync
        from . import checks  # noqa: F401
        from .consuming.processes import find_companions
        from .models import UploadFolder, UploadHandler
        from .queue_health import register_queues
        from .services.end_run import end_with_run
        from .services.sync_rows import sync_folders, sync_handlers
        from .tasks import sweep_work
        from .upload_health import register_uploads

        work_sources.register(sweep_work)
        register_sync(self, UploadFolder, sync_folders)
        register_sync(self, UploadHandler, sync_handlers)
        run_finished.connect(end_with_run, dispatch_uid=self.name)
        register_queues(self.name)
        register_uploads(self.name)
        companion_sources.register(CompanionSource(name="consumers", origin=self.name, find=find_companions))
