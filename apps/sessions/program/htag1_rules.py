"""Which methods a browser may call: those that a page was shown, or that the app exposes.

htag itself calls any method of any tag whose id it is sent.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from htag import tag as htag_tag  # type: ignore[import-not-found,unused-ignore]

_EVENTS = ("__on__", "__on_event__")
_IS_EXPOSED = "_autoExposeClientSide_"


class BadInteraction(Exception):
    """A browser asked for what it was not offered."""


@dataclass(frozen=True)
class Interaction:
    """``id`` is that of a tag or of a generator, ``number`` what the answer bears. ``is_again``: the page has
    sent it before, and heard no answer.
    """

    id: int
    method: str | None
    args: list[Any]
    kargs: dict[str, Any]
    event: dict[str, Any] | None
    number: Any
    is_again: bool = False

    @classmethod
    def parse(cls, text: str) -> Interaction:
        """Read a message of the browser. Raises BadInteraction."""
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInteraction("The message is no JSON.") from error
        if not isinstance(given, dict):
            raise BadInteraction("The message is no object.")
        kinds = {"id": int, "method": str, "args": list, "kargs": dict, "event": dict}
        for name, kind in kinds.items():
            if not isinstance(given.get(name), (kind, type(None))):
                text = "The message is no interaction: {id, method, args, kargs, event} is wanted."
                raise BadInteraction(text)
        return cls(
            id=given.get("id") or 0,
            method=given.get("method"),
            args=given.get("args") or [],
            kargs=given.get("kargs") or {},
            event=given.get("event"),
            number=given.get("n"),
            is_again=given.get("again") is True,
        )


class RenderedMethods:
    """The methods of tags that stand in what was sent to the browser as ``tag.bind.method()``."""

    def __init__(self) -> None:
        """Note each one that is rendered from now on, in this process."""
        self._of_tags: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
        render = htag_tag.BaseCaller.__str__

        def render_and_note(caller: Any) -> str:
            if caller.mname and caller.mname not in _EVENTS:
                self._of_tags.setdefault(caller.instance, set()).add(caller.mname)
            return str(render(caller))

        htag_tag.BaseCaller.__str__ = render_and_note

    def has(self, tag: Any, method: str) -> bool:
        return method in self._of_tags.get(tag, ())


def require_allowed(asked: Interaction, rendered: RenderedMethods) -> None:
    """Raise BadInteraction unless the page was given the means to ask for this."""
    found = htag_tag.Tag.find_tag(asked.id)
    if found is None:
        return  # a generator, or nothing: htag says so
    if asked.method in _EVENTS:
        if asked.args and isinstance(asked.args[0], str) and asked.args[0] in found._callbacks_:
            return
    elif asked.method and (rendered.has(found, asked.method) or _is_exposed(found, asked.method)):
        return
    raise BadInteraction(f"This page may not call {asked.method!r:.80} of {type(found).__name__}.")


def _is_exposed(tag: Any, name: str) -> bool:
    """Whether the class says so; htag's own classes make an attribute of any name that they are asked for."""
    method = inspect.getattr_static(type(tag), name, None)
    return inspect.isfunction(method) and getattr(method, _IS_EXPOSED, False) is True
