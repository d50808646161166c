"""Settings of rpc: ``SMALLWEB_RPC``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..core.conf import AppSettings


class RpcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults of served objects, and bounds.

    ``access``, ``locking``, ``timeout_s``, ``max_start_delay_s`` and ``owner`` hold for objects that say
    nothing else. ``web_processes``: how many serve the site; WEB_CONCURRENCY of the environment unless given.
    The names of ``include_internals`` (``_x``), ``include_dunders`` (``__x__``) and
    ``access_restricting_attributes`` are about ``expose_public`` alone: what is exposed by name is listed.
    ``log_share``: the share of calls that work which is written to the log of calls, from 0 to 1;
    refusals and failures always are.
    """

    access: str = "login"
    locking: str = "none"
    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    max_start_delay_s: Annotated[float, Meta(gt=0)] = 3.0
    owner: Literal["web", "process"] = "web"
    web_processes: Annotated[int, Meta(ge=1)] | None = None
    max_interface_depth: Annotated[int, Meta(ge=1, le=16)] = 4
    include_internals: bool = False
    include_dunders: bool = False
    access_restricting_attributes: tuple[str, ...] = ("interface_access_restricted",)
    source_access: bool = False
    add_attributes: bool = True
    max_items: Annotated[int, Meta(gt=0)] = 10_000
    log_share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    log_keep_days: Annotated[float, Meta(gt=0)] = 7.0


rpc_settings = AppSettings("SMALLWEB_RPC", RpcSettings)
