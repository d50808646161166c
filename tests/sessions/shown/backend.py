"""The apps that a running site has."""

from __future__ import annotations

from smallweb.sessions import asgi_app, htag_app

htag_app("counter", "tests.sessions.gui:Counter", access="public", max_per_visitor=4)
htag_app("faulty", "tests.sessions.gui:Faulty", access="public", debug=True)
htag_app("pusher", "tests.sessions.gui:Pusher", http_only=True)
asgi_app("echo", "tests.sessions.echo:app", timeout_inactivity_s=600, memory_mb=200)
