"""The counter of htag 1, served by htagweb: ``python -m bench.session_servers.with_htagweb PORT``."""

from __future__ import annotations

import sys

from htagweb import Runner  # type: ignore[import-not-found,unused-ignore]

from bench.session_servers.counter1 import App

if __name__ == "__main__":
    import uvicorn

    uvicorn.run(Runner(App), port=int(sys.argv[1]), log_level="warning")
