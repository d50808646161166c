"""How far a run is, in words that its starter may read."""

from __future__ import annotations

from typing import Any

from ..models import State, TaskRun

WAITING = {"status": "Running", "state": ""}


def status_of(run: TaskRun, *, running: Any, is_trusted: bool = False) -> dict[str, Any]:
    """Return the status as addresses of statuses answer it; ``running``: what is told of a run that has told
    nothing yet; ``is_trusted``: with the words of failures.
    """
    if run.state == State.READY:
        return dict(WAITING)
    if run.state == State.RUNNING:
        told: dict[str, Any] = run.progress or running
        return told
    if run.state == State.SUCCESSFUL:
        return {"status": "SUCCESS", "data": run.result}
    if run.state == State.CANCELLED:
        return {"status": "CANCELLED"}
    name = "FAILURE" if run.state == State.FAILED else "LOST"
    return {"status": name, "error": _error(run.error, is_trusted=is_trusted)}


def _error(error: str, *, is_trusted: bool) -> str:
    """Return what a starter may read: of ``PublicError`` and ``GiveUp`` the words, of others the class."""
    kind, _, words = error.partition(": ")
    if is_trusted:
        return error
    if kind in ("PublicError", "GiveUp"):
        return words
    return kind if kind.isidentifier() else "The task failed; the server's log says why."
