"""``tracked``: a value that all processes of the site share, and of whose changes every browser hears."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .exceptions import CannotServe

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

CHANNELS = "objects"
"""The namespace of the channels of tracked values: ``objects/<object>/<name>``."""


class tracked(Generic[T]):
    """An attribute whose value lives in the site's database: ``volume: int = tracked(5)``.

    On a served object it is one value for all web processes and workers, survives a restart, and is
    published on ``objects/<object>/<name>`` whenever it is set or deleted, after the commit. Until its
    object is served it is a plain attribute. What it holds is copied in and out as JSON: change a list by
    assigning a new one. In coroutines use ``aget`` and ``aset``.
    """

    def __init__(self, default: T, *, mode: str = "rw") -> None:
        self.default = default
        self.mode = mode
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, owner: None, kind: type) -> tracked[T]: ...

    @overload
    def __get__(self, owner: object, kind: type) -> T: ...

    def __get__(self, owner: object | None, kind: type) -> Any:
        if owner is None:
            return self
        path = path_of(owner, self.name)
        if path is None:
            return owner.__dict__.get(self.name, self.default)
        from .services.tracked_values import read_value

        return read_value(path, copy.deepcopy(self.default))

    def __set__(self, owner: object, value: T) -> None:
        path = path_of(owner, self.name)
        if path is None:
            owner.__dict__[self.name] = value
            return
        from .services.tracked_values import write_value

        write_value(path, value)

    def __delete__(self, owner: object) -> None:
        """Give the value up; the default takes its place."""
        path = path_of(owner, self.name)
        if path is None:
            owner.__dict__.pop(self.name, None)
            return
        from .services.tracked_values import remove_value

        remove_value(path, default=self.default)

    def change(self, owner: object, how: Callable[[T], T]) -> T:
        """Set the value to ``how(value)`` and return it; of several at once, one after the other."""
        from .services.tracked_values import change_value

        path = path_of(owner, self.name)
        if path is None:
            raise CannotServe(f"{type(owner).__name__}.{self.name} belongs to no served object.")
        return change_value(path, how, default=copy.deepcopy(self.default))  # type: ignore[no-any-return]

    async def aget(self, owner: object) -> T:
        """Return the value, in a coroutine."""
        from asgiref.sync import sync_to_async

        return await sync_to_async(lambda: self.__get__(owner, type(owner)))()

    async def aset(self, owner: object, value: T) -> None:
        """Set the value, in a coroutine."""
        from asgiref.sync import sync_to_async

        await sync_to_async(lambda: self.__set__(owner, value))()


_paths: dict[int, tuple[object, str]] = {}
"""Served objects by id, with themselves, so that no other object can get the id."""


def remember(owner: object, path: str) -> None:
    """Take note under which path an object is served; its first one counts."""
    _paths.setdefault(id(owner), (owner, path))


def path_of(owner: object, name: str) -> str | None:
    """Return the path of a tracked value, None while its object is not served."""
    held = _paths.get(id(owner))
    return None if held is None else f"{held[1]}.{name}"


def channel_of(path: str) -> str:
    """Return the channel of a tracked value."""
    return "/".join([CHANNELS, *path.split(".")])
