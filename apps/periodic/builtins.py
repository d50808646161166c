"""Functions for every page: the machine's state, values of files and web services, the time."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
from django.utils import timezone

from ..core.exceptions import SmallwebError
from .exceptions import JsonValueMissing
from .registry import job_function

MAX_JSON_BYTES = 2**20
HTTP_TIMEOUT_S = 10.0


@job_function
def load() -> str:
    """The load averages of 1, 5 and 15 minutes: "0.1, 0.3, 0.45"."""
    return ", ".join(str(round(average, 2)) for average in os.getloadavg())


@job_function
def uptime() -> str:
    """The time since the machine was started: "1d 0:50:54"."""
    return format_uptime(time.time() - psutil.boot_time())


@job_function
def memory_use() -> str:
    """The share of memory in use, which is what programs cannot get: "54.00%"."""
    return f"{psutil.virtual_memory().percent:.2f}%"


@job_function
def disk_use(path: str = "/") -> str:
    """The used share of the disk that holds ``path``, as ``df`` counts it: "37.20%"."""
    return f"{psutil.disk_usage(path).percent:.2f}%"


@job_function
def clock(format: str = "%H:%M:%S", time_zone: str = "") -> str:
    """The time, in the format of strftime and in this zone; the site's own zone when none is given."""
    zone = ZoneInfo(time_zone) if time_zone else timezone.get_default_timezone()
    return datetime.now(zone).strftime(format)


@job_function
def json_file(path: str, value: str = "") -> str:
    """A value out of a JSON file; ``value`` is its dotted path, "items.0.name"."""
    with Path(path).open("rb") as file:
        text = file.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise SmallwebError(f"{path} has more than {MAX_JSON_BYTES} bytes; give a smaller file.")
    return pick(json.loads(text), value)


@job_function
def json_url(url: str, value: str = "", timeout_s: float = HTTP_TIMEOUT_S) -> str:
    """A value out of the JSON that an http(s) URL answers; ``value`` is its dotted path, "current.temp"."""
    if not url.startswith(("http://", "https://")):
        raise SmallwebError(f"{url!r} is no http or https URL; give one.")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
        text = response.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise SmallwebError(f"{url} answers more than {MAX_JSON_BYTES} bytes; ask for less.")
    return pick(json.loads(text), value)


def format_uptime(seconds: float) -> str:
    """Return "1d 0:50:54" for 89,454 seconds; the days are left out on the first day."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock_part = f"{hour}:{minute:02}:{second:02}"
    return f"{days}d {clock_part}" if days else clock_part


def pick(document: Any, path: str) -> str:
    """Return what stands at the dotted path as text. Raises JsonValueMissing with where the path ends."""
    found = document
    walked: list[str] = []
    for part in path.split(".") if path else []:
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise JsonValueMissing(
                f"The document has no {part!r} at {'.'.join(walked) or 'its top'}; correct the path {path!r}."
            ) from error
        walked.append(part)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
