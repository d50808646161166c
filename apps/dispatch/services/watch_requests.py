"""What became of the requests of each method, in this process; those worth it go to the log of requests."""

from __future__ import annotations

import logging
import random
import time
from typing import NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ...core.http.answers import refusal_of
from ...core.http.rate import loaded_user
from ...core.tally import Tally
from ..conf import dispatch_settings
from ..registry import Endpoint
from .log_requests import Entry, request_log
from .request_arguments import sent_by

logger = logging.getLogger(__name__)

OK = "ok"
_MINUTES = 60


class LastError(NamedTuple):
    """``at`` is a moment of ``time.time()``."""

    at: float
    outcome: str
    error: str


class RequestWatch(Tally):
    """``last_error`` is what went wrong last. The counts of minutes are those of the last hour."""

    __slots__ = ("_counts", "_minute", "last_error")

    def __init__(self) -> None:
        super().__init__()
        self.last_error: LastError | None = None
        self._minute = 0
        self._counts = [0] * _MINUTES

    def count(self, now: float) -> None:
        """Count a request in its minute; ``now`` is a moment of the monotonic clock, in seconds."""
        minute = int(now) // 60
        if minute != self._minute:
            self._turn_to(minute)
        self._counts[minute % _MINUTES] += 1

    def last_minute(self, now: float) -> int:
        """Return about how many requests the last 60 s had, from the minutes of the clock."""
        self._turn_to(int(now) // 60)
        share_of_last = 1 - now % 60 / 60
        this, last = self._counts[self._minute % _MINUTES], self._counts[(self._minute - 1) % _MINUTES]
        return round(this + last * share_of_last)

    def last_hour(self, now: float) -> int:
        self._turn_to(int(now) // 60)
        return sum(self._counts)

    def _turn_to(self, minute: int) -> None:
        for passed in range(max(self._minute + 1, minute - _MINUTES + 1), minute + 1):
            self._counts[passed % _MINUTES] = 0
        self._minute = minute


_watches: dict[str, RequestWatch] = {}


def watch_of(path: str) -> RequestWatch | None:
    """Return what this process knows of the requests of a method; None where there were none."""
    return _watches.get(path)


def forget_figures() -> None:
    _watches.clear()


def note_end(
    request: HttpRequest,
    endpoint: Endpoint,
    response: HttpResponseBase,
    error: BaseException | None,
    *,
    took_s: float,
) -> None:
    """Count the request, and have it logged unless it worked and is none of the share. Never raises."""
    try:
        _note(request, endpoint, response, error, took_s)
    except Exception:  # a log that fails costs no answer
        logger.exception("path=%s could not be counted", endpoint.name)


def _note(
    request: HttpRequest,
    endpoint: Endpoint,
    response: HttpResponseBase,
    error: BaseException | None,
    took_s: float,
) -> None:
    is_wrong = error is not None or response.status_code >= 400
    if request.method == "OPTIONS" and not is_wrong:  # a browser's question, no request of its page
        return
    watch = _watches.get(endpoint.name)
    if watch is None:
        watch = _watches[endpoint.name] = RequestWatch()
    watch.note(took_s, is_error=is_wrong)
    watch.count(time.monotonic())
    if not is_wrong:
        share = dispatch_settings().log_share
        if share and random.random() < share:
            _log(request, endpoint, response, OK, "", took_s)
        return
    outcome, words = outcome_of(response, error)
    watch.last_error = LastError(time.time(), outcome, words)
    _log(request, endpoint, response, outcome, words, took_s)


def outcome_of(response: HttpResponseBase, error: BaseException | None) -> tuple[str, str]:
    """Return the short name of what went wrong, and its sentence."""
    if error is None:
        return f"status_{response.status_code}", ""
    refusal = refusal_of(error)
    if refusal is not None:
        return refusal.code, str(refusal)
    return "call_failed", f"{type(error).__name__}: {error}"


def _log(
    request: HttpRequest,
    endpoint: Endpoint,
    response: HttpResponseBase,
    outcome: str,
    error: str,
    took_s: float,
) -> None:
    entry = Entry(
        at=time.time(),
        path=endpoint.name,
        method=request.method or "",
        status=response.status_code,
        outcome=outcome,
        error=error,
        user_id=getattr(loaded_user(request), "pk", None),
        address=request.META.get("REMOTE_ADDR", ""),
        duration_ms=took_s * 1000,
        sent=sent_by(request),
    )
    request_log.put(entry)
