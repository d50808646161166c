"""The apps that the tests' site has."""

from __future__ import annotations

import os
from pathlib import Path

from smallweb.sessions import asgi_app, htag_app

_GUI = "tests.sessions.gui"

htag_app("counter", f"{_GUI}:Counter")
htag_app("arguments", f"{_GUI}.Arguments")
htag_app("no-arguments", f"{_GUI}:NoArguments")
htag_app("streamer", f"{_GUI}:Streamer")
htag_app("pusher", f"{_GUI}:Pusher")
htag_app("stuck", f"{_GUI}:Stuck", timeout_interaction_s=1)
htag_app("patient", f"{_GUI}:Stuck", timeout_interaction_s=60)
htag_app("faulty", f"{_GUI}:Faulty")
htag_app("open", f"{_GUI}:Faulty", debug=True)
htag_app("shared", f"{_GUI}:Shared")
htag_app("other", f"{_GUI}:Other")
htag_app("hog", f"{_GUI}:Hog", memory_mb=200, cpu_s=2, file_mb=4, open_files=100)
htag_app("any-method", f"{_GUI}:Counter", methods="any")
htag_app("brief", f"{_GUI}:Pusher", timeout_inactivity_s=1)
htag_app("members", f"{_GUI}:Counter", access="login")
htag_app("few", f"{_GUI}:Counter", max_per_app=2)
htag_app("http-only", f"{_GUI}:Pusher", http_only=True)
htag_app("threaded", "tests.sessions.threaded")
htag_app("broken-import", "tests.sessions.broken_import:App")
htag_app("changing", "changing_app:App", path=[Path(os.environ["TEST_FOLDER"], "changing")])
asgi_app("echo", "tests.sessions.echo:app", timeout_interaction_s=2)

_PAGES = "tests.sessions.browser.apps"
htag_app("page", f"{_PAGES}:Page")
htag_app("page-http", f"{_PAGES}:Page", http_only=True)
htag_app("dying", f"{_PAGES}:Dying")
htag_app("uploads", f"{_PAGES}:Uploads")
htag_app("tabs", f"{_PAGES}:Tabs")
htag_app("sealed", f"{_PAGES}:Page", parano=True)
htag_app("sealed-http", f"{_PAGES}:Page", parano=True, http_only=True)
htag_app("sealed-pusher", f"{_GUI}:Pusher", parano=True)
htag_app("sealed-pusher-http", f"{_GUI}:Pusher", parano=True, http_only=True)
asgi_app("sealed-echo", "tests.sessions.echo:app", parano=True)
