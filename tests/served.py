"""The program of a tests' site: ``-m MODULE`` migrates, ``-m MODULE PORT uvicorn|daphne`` serves.

A server prints the keys of its users' sessions as JSON once it listens, or is about to.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterable


def run_site(register: Callable[[], object], *, users: Iterable[str]) -> None:
    """Do what the command line says; ``register`` imports what the site serves, once Django is set up."""
    import django

    django.setup()
    register()
    if len(sys.argv) < 2:
        _migrate(users)
        return
    logins = json.dumps(_logins(users))
    {"uvicorn": _serve_by_uvicorn, "daphne": _serve_by_daphne}[sys.argv[2]](int(sys.argv[1]), logins)


def _migrate(users: Iterable[str]) -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name in users:
        User.objects.create_user(name, f"{name}@example.com")


def _serve_by_daphne(port: int, logins: str) -> None:
    from daphne.server import Server

    from smallweb.core.asgi import application

    endpoints = [f"tcp:port={port}:interface=127.0.0.1"]
    Server(application(), endpoints=endpoints, ready_callable=lambda: print(logins, flush=True)).run()


def _serve_by_uvicorn(port: int, logins: str) -> None:
    import uvicorn

    from smallweb.core.asgi import application

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    print(logins, flush=True)
    config = uvicorn.Config(application(), log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run([listener])


def _logins(users: Iterable[str]) -> dict[str, str]:
    """Return the key of each user's session; it outlives the server."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    made = {}
    for user in User.objects.filter(username__in=users):
        key = f"sessionof{user.username}".ljust(32, "0")
        session = SessionStore()
        if not session.exists(key):
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session._session_key = key
            session.save(must_create=True)
        made[user.username] = key
    return made
