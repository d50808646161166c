"""Settings of uploads: ``SMALLWEB_UPLOADS``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, field

from ..core.conf import AppSettings

_Positive = Annotated[int, Meta(gt=0)]
_Some = Annotated[int, Meta(ge=0)]
_Seconds = Annotated[float, Meta(gt=0)]

DEFAULT_ROOT = "uploads"


class UploadsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where files go, and what holds for handlers and folders that say nothing else.

    ``roots``: names of folders on the disk; the first is the default. ``storages``: for the name of a root
    the alias in Django's STORAGES that keeps its finished files. ``access``: the rule before handlers and
    folders. ``max_bytes``: of one file; ``max_request_bytes``: of one form. ``max_text_bytes``: of all fields
    of a form. ``user_quota_bytes``: what one user may keep, 0 for any. ``min_free_bytes``: what stays free on
    the disk. ``expire_hours``: for how long an upload that was begun may be gone on with; ``max_open``: how
    many of these one user or address may have. ``max_time_s`` and ``min_rate_bytes`` (a second): of one
    request. ``timeout_s``: of a handler. ``link_seconds``: for how long a signed link opens.
    ``accel_redirect``: the prefix of nginx's internal location, empty without one. ``cors``: origins whose
    pages may upload. ``keep_days``: for how long what became of uploads is kept.
    """

    roots: dict[str, Path] = field(default_factory=lambda: {DEFAULT_ROOT: Path("var/uploads")})
    storages: dict[str, str] = {}
    access: str = "login"
    max_bytes: _Positive = 100 * 2**20
    max_request_bytes: _Positive = 2**30
    max_files: _Positive = 20
    max_fields: _Positive = 1000
    max_text_bytes: _Positive = 2**20
    user_quota_bytes: _Some = 2**30
    min_free_bytes: _Some = 2**30
    expire_hours: _Seconds = 24.0
    max_open: _Positive = 100
    max_time_s: _Seconds = 3600.0
    min_rate_bytes: _Some = 1024
    timeout_s: _Seconds = 30.0
    link_seconds: _Positive = 3600
    accel_redirect: str = ""
    cors: tuple[str, ...] = ()
    keep_days: _Seconds = 7.0


uploads_settings = AppSettings("SMALLWEB_UPLOADS", UploadsSettings)
