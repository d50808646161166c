"""A counter of NiceGUI: ``python -m bench.session_servers.with_nicegui PORT``."""

from __future__ import annotations

import sys

from nicegui import ui  # type: ignore[import-not-found,unused-ignore]


@ui.page("/")
def counter() -> None:
    shown = ui.label("0")
    for number in range(10):
        ui.label(f"line {number}")
    ui.button("add", on_click=lambda: shown.set_text(str(int(shown.text) + 1)))


if __name__ in ("__main__", "__mp_main__"):
    ui.run(port=int(sys.argv[1]), show=False, reload=False, uvicorn_logging_level="warning")
