"""What a web process asks of the host when a visitor opens an app."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec


class TemplateSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Which template a session is forked from: another one for each interpreter, app and version.

    ``target`` is ``package.module:App``; ``file`` that of a module that was started as a program. ``path``
    are folders before all others of ``sys.path``. ``django``: whether to set it up before the app is
    imported. ``version`` changes when the app's files do.
    """

    target: str
    python: str = sys.executable
    file: str = ""
    path: tuple[str, ...] = ()
    django: bool = False
    version: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions may run, and for how long; 0 is any number.

    ``per_visitor``, ``per_address`` (of visitors who are not logged in), ``per_app``, ``in_all``.
    """

    per_visitor: int = 0
    per_address: int = 0
    per_app: int = 0
    in_all: int = 0


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """``owner`` is the key of the visitor's login; only it finds the session again. ``visitor`` is the same
    for all logins of a user; ``name`` and ``address`` are for people to read.

    ``key`` tells instances of one owner and app apart: another key is another instance. ``start`` is for the
    session's process; what is in its ``data`` was read at the moment ``read_at`` of ``time.monotonic()``.
    ``parano``: whether web processes take what is encrypted only.
    """

    app: str
    owner: str
    visitor: str
    name: str
    address: str
    key: str
    template: TemplateSpec
    limits: Limits
    start: dict[str, Any]
    interaction_s: float = 60.0
    inactivity_s: float = 0.0
    read_at: float = 0.0
    parano: bool = False


PROGRAM = str(Path(__file__).resolve().parent.parent / "program")
