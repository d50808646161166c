"""Settings of dispatch: ``SMALLWEB_DISPATCH``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from ..core.conf import AppSettings


class DispatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where controllers are, and what holds for those that say nothing else.

    ``controllers``: dotted names of packages; None stands for the ``controllers`` package of each installed
    app. ``access``: the rule before their methods. ``timeout_s``: how long a method may take to answer.
    ``cors``: origins whose pages may read the answers. ``log_share``: the share of requests that work which
    is written to the log of requests, from 0 to 1; refusals and failures always are.
    """

    controllers: tuple[str, ...] | None = None
    access: str = "login"
    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    cors: tuple[str, ...] = ()
    log_share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    log_keep_days: Annotated[float, Meta(gt=0)] = 7.0


dispatch_settings = AppSettings("SMALLWEB_DISPATCH", DispatchSettings)
