"""From a visitor and an app to the session's process."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ...core.socket.pool import in_pool
from ..conf import SessionsSettings, sessions_settings
from ..host.spec import Limits, Opening, TemplateSpec
from ..program.wire import Message
from ..registry import HostedApp
from .host_link import as_message, ask_host
from .keep_data import keep_data
from .version import version_of
from .visitor import Visitor

Init = tuple[list[str], dict[str, str | None]]
NO_INIT: Init = ([], {})

_kinds: dict[TemplateSpec, str] = {}
_MOST_KINDS = 1024


@dataclass(frozen=True, kw_only=True)
class Session:
    """Where a session is, and of which app. ``kind`` is ``htag1``, ``htag2`` or ``asgi``. ``parano``: it
    takes what is encrypted and nothing else.
    """

    id: str
    path: Path
    kind: str
    interaction_s: float
    app: str
    parano: bool


def init_of(query: str) -> Init:
    """Return what a query string gives to an app's ``init``: that of ``?a&b=1&c=`` is
    ``["a"], {"b": "1", "c": None}``.

    The last of repeated keys counts, as in htagweb.
    """
    args: list[str] = []
    kwargs: dict[str, str | None] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, equals, _ = part.partition("=")
        if not equals:
            args.extend(key for key, _ in parse_qsl(f"{name}=", keep_blank_values=True))
            continue
        for key, value in parse_qsl(part, keep_blank_values=True):
            kwargs[key] = value or None
    return args, kwargs


async def open_session(app: HostedApp, visitor: Visitor, *, init: Init) -> Session:
    """Return the visitor's session of the app, a new one if there is none that began in the same way.

    Raises AppNotReady, NoRoom, NoHost.
    """
    given = sessions_settings()
    template = template_of(app)
    if init != NO_INIT and (not app.takes_init or await _kind_of(template) != "htag1"):
        init = NO_INIT  # what a query string says is the application's own matter
    opening = Opening(
        app=app.name,
        owner=visitor.owner,
        visitor=visitor.visitor,
        name=visitor.name,
        address=visitor.address,
        key=_key(app, template, init),
        template=template,
        limits=Limits(
            per_visitor=_or(app.max_per_visitor, given.max_per_visitor),
            per_address=given.max_per_address,
            per_app=_or(app.max_per_app, given.max_per_app),
            in_all=given.max_sessions,
        ),
        start={
            "init": init,
            "debug": app.debug,
            "methods": app.methods,
            "data": visitor.data,
            "user": visitor.user,
            "limits": _resources(app, given),
        },
        interaction_s=_or(app.timeout_interaction_s, given.timeout_interaction_s),
        inactivity_s=_or(app.timeout_inactivity_s, given.timeout_inactivity_s),
        read_at=visitor.read_at,
        parano=app.parano,
    )
    answer = await ask_host("open", opening=as_message(opening))
    if answer["unkept"] is not None:
        await in_pool(partial(keep_data, visitor.session_key, answer["unkept"], loaded=visitor.loaded))
    about = {"app": app.name, "interaction_s": opening.interaction_s, "parano": opening.parano}
    return _session(answer["id"], {**answer, **about})


async def find_session(id: str, owner: str) -> Session:
    """Return a session that this owner has opened before. Raises SessionGone, NoHost."""
    answer = await ask_host("find", id=id, owner=owner)
    return _session(id, answer)


def _session(id: str, about: Message) -> Session:
    return Session(
        id=id,
        path=Path(about["path"]),
        kind=about["kind"],
        interaction_s=about["interaction_s"],
        app=about["app"],
        parano=about["parano"],
    )


def template_of(app: HostedApp) -> TemplateSpec:
    """Return the template that the app's sessions are forked from."""
    own = [folder or str(Path.cwd()) for folder in sys.path] if not app.python else []
    return TemplateSpec(
        target=app.target,
        python=app.python or sys.executable,
        file=app.file,
        path=(*app.path, *own),
        django=app.django,
        version=version_of(app),
    )


async def _kind_of(template: TemplateSpec) -> str:
    """Raises AppNotReady, NoHost."""
    if template not in _kinds:
        if len(_kinds) >= _MOST_KINDS:
            _kinds.clear()
        _kinds[template] = (await ask_host("warm", template=as_message(template)))["kind"]
    return _kinds[template]


def _key(app: HostedApp, template: TemplateSpec, init: Init) -> str:
    """Return what must be the same for the same instance."""
    told = [as_message(template), init, app.debug, app.methods, app.parano]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _resources(app: HostedApp, given: SessionsSettings) -> dict[str, int]:
    names = ("memory_mb", "cpu_s", "file_mb", "open_files")
    return {name: _or(getattr(app, name), getattr(given, name)) for name in names}


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
