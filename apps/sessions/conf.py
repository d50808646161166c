"""Settings of sessions: ``SMALLWEB_SESSIONS``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from ..core.conf import AppSettings

_Some = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(gt=0)]
_Seconds = Annotated[float, Meta(ge=0)]


class SessionsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for apps that say nothing else; 0 is no limit.

    ``access``: the rule before an app. ``timeout_interaction_s``: for how long one interaction may run before
    its process is killed. ``timeout_inactivity_s``: for how long a session is kept that nobody uses.
    ``max_sessions``: on this machine. ``max_per_visitor``, ``max_per_address`` (of visitors without a
    login), ``max_per_app``: of these. ``memory_mb``, ``cpu_s``, ``file_mb``, ``open_files``: of each process.
    ``max_body_bytes``: of a request. ``answer_s``: for how long a process may take to begin to answer, on
    top of ``timeout_interaction_s``.
    """

    access: str = "login"
    timeout_interaction_s: _Seconds = 60.0
    timeout_inactivity_s: _Seconds = 0.0
    max_sessions: _Some = 500
    max_per_visitor: _Some = 10
    max_per_address: _Some = 20
    max_per_app: _Some = 0
    memory_mb: _Some = 1024
    cpu_s: _Some = 0
    file_mb: _Some = 1024
    open_files: _Some = 1024
    max_body_bytes: _Positive = 32 * 2**20
    answer_s: _Seconds = 5.0


sessions_settings = AppSettings("SMALLWEB_SESSIONS", SessionsSettings)
