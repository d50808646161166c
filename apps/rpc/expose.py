"""``@expose``: the mark on what a browser may call, read and set."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from .exceptions import CannotServe

X = TypeVar("X")

MARK = "_smallweb_exposed"
Access = str | Callable[[Any], bool] | Mapping[str, str | Callable[[Any], bool]]
"""An access rule or a function of the user; or one for each of ``get``, ``set``, ``delete``, ``call``."""

_MODE = re.compile(r"r?w?d?|r?d?w?")


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How one member is exposed; None stands for what its object says."""

    mode: str = "r"
    access: Access | None = None
    locking: str | None = None
    timeout_s: float | None = None
    max_start_delay_s: float | None = None
    inline: bool = False

    def __post_init__(self) -> None:
        require_mode(self.mode)


def require_mode(mode: str) -> str:
    """Return a mode: some of ``r`` (get), ``w`` (set) and ``d`` (delete). Raises CannotServe."""
    if not mode or not _MODE.fullmatch(mode):
        raise CannotServe(f"{mode!r} is no mode; write some of 'r' (get), 'w' (set) and 'd' (delete).")
    return mode


@overload
def expose(member: X, /) -> X: ...


@overload
def expose(
    *,
    mode: str = "r",
    access: Access | None = None,
    locking: str | None = None,
    timeout_s: float | None = None,
    max_start_delay_s: float | None = None,
    inline: bool = False,
) -> Callable[[X], X]: ...


def expose(member: Any = None, /, **options: Any) -> Any:
    """Let those who may use the object call this method, or get this property.

    ``mode="rw"`` lets them set a property, ``"rwd"`` delete it too. ``access``, ``locking``, ``timeout_s``
    and ``max_start_delay_s`` take the place of the object's. ``inline=True`` calls a plain function in the
    event loop itself: for those that take microseconds and never wait.
    """
    if member is None:
        return functools.partial(_mark, Exposure(**options))
    return _mark(Exposure(), member)


def _mark(exposure: Exposure, member: Any) -> Any:
    function = function_of(member)
    if function is None:
        raise CannotServe(f"@expose stands on {member!r}; it goes on methods and properties.")
    setattr(function, MARK, exposure)
    return member


def function_of(member: Any) -> Any:
    """Return the function that a member of a class is made of; None if it is none."""
    if isinstance(member, property):
        return member.fget
    if isinstance(member, staticmethod | classmethod):
        return member.__func__
    return member if callable(member) and hasattr(member, "__code__") else None


def exposure_of(member: Any) -> Exposure | None:
    """Return how a member of a class is exposed, None if it is not."""
    return getattr(function_of(member), MARK, None)
