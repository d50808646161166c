"""Say what would become of a file before anybody sends it: every gate, in the order of the real way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ...core.access import Actor, may
from ...core.exceptions import SmallwebError
from ...core.http.refusal import Refusal
from ..exceptions import NotAllowed, NothingHere
from ..kinds import accepts, kind_of_name
from ..models import StoredFile, Upload
from ..names import display_name, folder_path
from ..path_rules import first_match
from .blobs import get_root
from .complete import file_rules
from .incoming import FileRules
from .policy import FolderRules, HandlerRules
from .quota import require_quota
from .store_file import require_path

GateName = Literal["on", "access", "name", "kind", "path", "size", "quota", "disk", "content"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``path`` is what the client calls it; ``head`` how it begins, None where there is no file."""

    path: str
    declared_type: str = ""
    size_bytes: int = 0
    head: bytes | None = None
    user: Any = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """``says`` is the rule that lets the file through, or what keeps it out."""

    name: GateName
    is_open: bool
    says: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where the file goes: to a handler, whose files a ``folder`` may keep, or to a folder alone."""

    handler: HandlerRules | None
    folder: FolderRules | None
    is_on: bool = True

    @property
    def files(self) -> FileRules:
        return file_rules(self.handler, self.folder)

    @property
    def access(self) -> str:
        of = self.handler or self.folder
        assert of is not None
        return of.access


def foresee(asked: Asked, way: Way) -> list[Gate]:
    """Return how each gate would answer; each is asked, even behind one that is closed."""
    return [_answer(name, look, asked, way) for name, look in _gates(asked)]


def _gates(asked: Asked) -> Iterator[tuple[GateName, Callable[[Asked, Way], str]]]:
    yield from _GATES.items()
    if asked.head is not None:
        yield "content", _content


def _answer(name: GateName, look: Callable[[Asked, Way], str], asked: Asked, way: Way) -> Gate:
    try:
        return Gate(name=name, is_open=True, says=look(asked, way))
    except (SmallwebError, Refusal) as error:
        return Gate(name=name, is_open=False, says=str(error))


def _on(asked: Asked, way: Way) -> str:
    if not way.is_on:
        raise NothingHere("It is switched off, and answers as if it were not there.")
    return "It is switched on."


def _access(asked: Asked, way: Way) -> str:
    if not way.access:
        raise NotAllowed("No rule: nobody may send to it directly.")
    if not may(Actor(asked.user), way.access):
        raise NotAllowed(f"It takes {way.access}.")
    return f"By {way.access}."


def _name(asked: Asked, way: Way) -> str:
    return f"It is called {_path_of(asked, way)}."


def _kind(asked: Asked, way: Way) -> str:
    name = display_name(asked.path)
    way.files.require_early(name, asked.declared_type)
    kind = kind_of_name(name)
    if kind is None:
        return "Its name says no kind; the content decides."
    return f"{kind.media_type} by its name{_rule_of_kind(way, accepts(way.files.accept, kind, name))}."


def _path(asked: Asked, way: Way) -> str:
    if way.folder is None:
        return "It is not kept: it is there for the call alone."
    if way.handler is not None:
        return f"The handler puts it into the folder {way.folder.name}, beside what is there."
    path = _path_of(asked, way)
    require_path(way.folder, path, user=asked.user)
    is_there = StoredFile.objects.filter(folder=way.folder.pk, path=path).exists()
    rules = way.folder.overwrite_rules if is_there else way.folder.create_rules
    rule = first_match(rules, path, user=asked.user.get_username())
    return f"It would replace a file, by {rule}." if is_there else f"It would be new, by {rule}."


def _size(asked: Asked, way: Way) -> str:
    way.files.require_size(display_name(asked.path), asked.size_bytes)
    return f"Up to {way.files.max_bytes} bytes are taken."


def _quota(asked: Asked, way: Way) -> str:
    if way.folder is None:
        return "What is not kept takes nothing of any quota."
    user = asked.user if asked.user.is_authenticated else None
    require_quota(Upload(user=user), asked.size_bytes, folder=way.folder)
    return "The folder and the user have room."


def _disk(asked: Asked, way: Way) -> str:
    root = get_root("" if way.folder is None else way.folder.root)
    root.require_room(asked.size_bytes)
    return f"The disk of the root {root.name} has room."


def _content(asked: Asked, way: Way) -> str:
    name = display_name(asked.path)
    kind = way.files.require_kind(name, asked.head or b"")
    return f"{kind.media_type} by its content{_rule_of_kind(way, accepts(way.files.accept, kind, name))}."


def _rule_of_kind(way: Way, rule: str | None) -> str:
    if not way.files.accept:
        return ", and all kinds are taken"
    return f", let in by {rule}" if rule else ""


def _path_of(asked: Asked, way: Way) -> str:
    if way.handler is not None or way.folder is None:
        return display_name(asked.path)
    head, slash, last = asked.path.rpartition("/")
    return folder_path(f"{head}{slash}{display_name(last)}")


_GATES: dict[GateName, Callable[[Asked, Way], str]] = {
    "on": _on, "access": _access, "name": _name, "kind": _kind, "path": _path, "size": _size,
    "quota": _quota, "disk": _disk,
}  # fmt: skip
