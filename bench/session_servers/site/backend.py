"""The counter of htag 1."""

from __future__ import annotations

from smallweb.sessions import htag_app

htag_app("counter", "bench.session_servers.counter1:App", access="public")
