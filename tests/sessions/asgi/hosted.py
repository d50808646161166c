"""The apps of this site."""

from __future__ import annotations

import os

from smallweb.sessions import asgi_app, htag_app

asgi_app("desk", "tests.sessions.asgi.desk:app", access="public", debug=True)
asgi_app("closed", "tests.sessions.asgi.desk:app", access="login")
asgi_app("unready", "tests.sessions.asgi.faulty:unready", access="public", debug=True)
asgi_app("plain", "tests.sessions.asgi.faulty:plain", access="public")
htag_app("named", "tests.sessions.asgi.first:App", access="login")
htag_app("first", "tests.sessions.asgi.first:App", access="public")
if folder := os.environ.get("HTAG2_FOLDER"):
    htag_app("second", "tests.sessions.asgi.second:App", access="public", path=[folder])
