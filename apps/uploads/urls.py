"""The addresses of uploads: ``path("uploads/", include("smallweb.uploads.urls"))``."""

from __future__ import annotations

from django.urls import path, register_converter

from .registry import handlers
from .views.files import file
from .views.folders import folder
from .views.handler import handle
from .views.resumable import resumable
from .views.status import status


class HandlerConverter:
    """Matches the names of handlers, and nothing else."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        if value not in handlers:
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(HandlerConverter, "smallweb_upload_handler")

app_name = "smallweb_uploads"
urlpatterns = [
    path("files/<uuid:uuid>", file, name="file"),
    path("folders/<str:name>/", folder, name="folder"),
    path("folders/<str:name>/<path:path>", folder, name="folder_file"),
    path("resumable/<uuid:uuid>", resumable, name="resumable"),
    path("status/<uuid:uuid>", status, name="status"),
    path("<smallweb_upload_handler:name>", handle, name="handler"),
]
