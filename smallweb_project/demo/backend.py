"""What keeps the demo's pages fresh, and the object that they share."""

from __future__ import annotations

import importlib.util
import math
import random
import time
from collections.abc import Iterator
from typing import Any

import psutil

from smallweb.periodic import JobContext, job
from smallweb.periodic.builtins import clock, disk_use, load, memory_use, uptime
from smallweb.rpc import PublicError, expose, serve, tracked
from smallweb.sessions import htag_app
from smallweb.uploads import folder, handler

PAGE = "index.html"

job(PAGE, tag_id="clock", every="1s", catch_up="skip")(clock)
job(PAGE, tag_id="load", every="2s", catch_up="skip")(load)
job(PAGE, tag_id="memory", every="5s", catch_up="skip")(memory_use)
job(PAGE, tag_id="disk", every="1m")(disk_use)
job(PAGE, tag_id="uptime", every="10s", catch_up="skip")(uptime)


@job(PAGE, tag_id="temperature", every="3s", catch_up="skip")
def temperature(context: JobContext) -> str:
    """The processor's temperature, or, where no sensor is, a room that warms and cools a little."""
    sensors = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    for readings in sensors.values():
        return f"{readings[0].current:.1f}"
    last = float(context.last_value or 21.0)
    return f"{min(max(last + random.uniform(-0.3, 0.3), 17.0), 25.0):.1f}"


@job(PAGE, tag_id="memory-bar", kind="style", every="5s", catch_up="skip")
def memory_bar() -> dict[str, str]:
    return {"width": f"{psutil.virtual_memory().percent:.0f}%"}


@job(PAGE, tag_id="load-meter", kind="attribute", attribute="value", every="2s", catch_up="skip")
def load_meter() -> str:
    return f"{min(psutil.getloadavg()[0] / (psutil.cpu_count() or 1), 1):.2f}"


@job(PAGE, tag_id="moon", every="1h")
def moon(context: JobContext) -> str:
    """The phase of the moon at the due time; mean synodic month, counted from the new moon of 2000-01-06."""
    days = context.due_at.timestamp() / 86400 - 10962.76
    names = ["new", "waxing crescent", "first quarter", "waxing gibbous"]
    names += ["full", "waning gibbous", "last quarter", "waning crescent"]
    return names[math.floor(days / 29.530588 * 8 + 0.5) % 8]


class Room:
    """A room that all who have its page open share."""

    light: int = tracked(40, mode="r")  # type: ignore[assignment]
    """how bright it is, 0 to 100"""

    @expose
    def dim(self, to: int) -> int:
        """Make it brighter or darker."""
        if not 0 <= to <= 100:
            raise PublicError("The light goes from 0 to 100.")
        self.light = to
        return to

    @expose
    def greet(self, name: str) -> str:
        """Say hello."""
        return f"Hello, {name.strip()[:50] or 'stranger'}!"

    @expose
    def countdown(self, start: int = 5) -> Iterator[int]:
        """Count down, a number each half second."""
        for number in range(min(start, 10), -1, -1):
            yield number
            time.sleep(0.5)


serve(room=Room(), access="public")

folder(
    "postcards",
    read_access="public",
    list_access="public",
    accept=["images"],
    quota_bytes=100_000_000,
    keep_days=7,
)


@handler("postcards", access="public", accept=["images"], max_bytes=2_000_000, folder="postcards")
def postcards(text: dict[str, Any], data: list[Any]) -> dict[str, Any]:
    """Hang them up."""
    return {"thanks": text.get("name", "you"), "postcards": [file.filename for file in data]}


if importlib.util.find_spec("htag") is not None:
    htag_app("todo", "smallweb_project.demo.todo:Todo", access="public")
