"""What health and metrics say of uploads."""

from __future__ import annotations

import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..core.health import HealthCheck, HealthResult, health_checks
from ..core.metrics import Gauge, MetricSource, metric_sources
from .conf import uploads_settings
from .models import Upload, UploadFolder
from .services.blobs import Root, all_roots
from .services.describe_usage import folder_usage, received_since

NAME = "uploads"
MAX_COUNTED = 10_000
_MIB = 2**20
_WITHIN = timedelta(hours=1)


def check_uploads(now: datetime) -> HealthResult:
    """Write into each root, and look at the room that is left."""
    for root in all_roots():
        try:
            _write(root)
        except OSError as error:
            says = f"The root {root.name} cannot be written: {error}."
            return HealthResult(name=NAME, level="critical", says=says, do=f"Look at {root.folder}.")
    wanted = uploads_settings().min_free_bytes
    free, name = min((shutil.disk_usage(root.folder).free, root.name) for root in all_roots())
    says = f"{free // _MIB} MiB are free for the root {name}."
    if free >= wanted:
        return HealthResult(name=NAME, level="ok", says=says)
    do = f"Make room; below {wanted // _MIB} MiB nothing is taken (MIN_FREE_BYTES)."
    return HealthResult(name=NAME, level="critical", says=says, do=do)


def read_uploads(now: datetime) -> Iterator[Gauge]:
    targets = Upload.objects.open().order_by().values_list("handler", "folder")[:MAX_COUNTED]
    yield Gauge(
        name="smallweb_uploads_open",
        help=f"Uploads that get bytes or whose handler has not ended; counted up to {MAX_COUNTED}.",
        labels=("target",),
        values=Counter((handler or f"folders/{folder}",) for handler, folder in targets),
    )
    yield Gauge(
        name="smallweb_uploads_received_bytes",
        help="Bytes of the uploads that began within the last hour.",
        values={(): sum(found.received_bytes for found in received_since(now, within=_WITHIN).values())},
    )
    folders = list(UploadFolder.objects.all())
    usage = folder_usage(folders)
    yield Gauge(
        name="smallweb_uploads_stored_bytes",
        help="Bytes that a folder keeps.",
        labels=("folder",),
        values={(folder.name,): usage[folder.pk].kept_bytes for folder in folders},
    )


def _write(root: Root) -> None:
    path = root.receiving(f"{uuid.uuid4()}.health")
    try:
        path.write_bytes(b"?")
    finally:
        path.unlink(missing_ok=True)


def register_uploads(origin: str) -> None:
    health_checks.register(HealthCheck(name=NAME, origin=origin, look=check_uploads, needs_database=False))
    metric_sources.register(MetricSource(name=NAME, origin=origin, read=read_uploads))
