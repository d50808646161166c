"""Which methods a browser may call: those that a page was shown, or that the app exposes.

htag itself calls any method of any tag whose id it is sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from htag import tag as htag_tag  # type: ignore[import-not-found,unused-ignore]

_EVENTS = ("__on__", "__on_event__")
_MANY = 10_000


class BadInteraction(Exception):
    """A browser asked for what it was not offered."""


@dataclass(frozen=True)
class Interaction:
    """``id`` is that of a tag or of a generator, ``number`` what the answer bears."""

    id: int
    method: str | None
    args: list[Any]
    kargs: dict[str, Any]
    event: dict[str, Any] | None
    number: Any

    @classmethod
    def parse(cls, text: str) -> Interaction:
        """Read a message of the browser. Raises BadInteraction."""
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInteraction("The message is no JSON.") from error
        if not isinstance(given, dict):
            raise BadInteraction("The message is no object.")
        made = cls(
            id=given.get("id", 0),
            method=given.get("method"),
            args=given.get("args") or [],
            kargs=given.get("kargs") or {},
            event=given.get("event"),
            number=given.get("n"),
        )
        is_fit = (
            isinstance(made.id, int)
            and isinstance(made.method, (str, type(None)))
            and isinstance(made.args, list)
            and isinstance(made.kargs, dict)
            and isinstance(made.event, (dict, type(None)))
        )
        if not is_fit:
            raise BadInteraction("The message is no interaction: {id, method, args, kargs, event} is wanted.")
        return made


class RenderedMethods:
    """The methods of tags that stand in what was sent to the browser as ``tag.bind.method()``."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, str]] = set()

    def watch(self) -> None:
        """Note each one that is rendered from now on, in this process."""
        render = htag_tag.BaseCaller.__str__
        note = self._note

        def render_and_note(caller: Any) -> str:
            note(caller)
            return str(render(caller))

        htag_tag.BaseCaller.__str__ = render_and_note

    def _note(self, caller: Any) -> None:
        if caller.mname and caller.mname not in _EVENTS:
            self._seen.add((id(caller.instance), caller.mname))
            if len(self._seen) > _MANY:
                living = htag_tag.Tag.__instances__
                self._seen = {(tag, name) for tag, name in self._seen if tag in living}

    def __contains__(self, called: tuple[int, str]) -> bool:
        return called in self._seen


def require_allowed(asked: Interaction, renderer: Any, rendered: RenderedMethods) -> None:
    """Raise BadInteraction unless the page was given the means to ask for this."""
    found = htag_tag.Tag.find_tag(asked.id)
    if found is None:
        return  # a generator of this renderer, or nothing: htag says so
    if asked.method in _EVENTS:
        if asked.args and asked.args[0] in found._callbacks_:
            return
    elif asked.method and (
        (asked.id, asked.method) in rendered
        or hasattr(getattr(type(found), asked.method, None), "_autoExposeClientSide_")
    ):
        return
    raise BadInteraction(f"This page may not call {asked.method!r:.80} of {type(found).__name__}.")
