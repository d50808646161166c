"""What is behind a served attribute. Names come from the code that serves it, never from a client."""

from __future__ import annotations

from typing import Any, Protocol

from .exceptions import NoValue


class Attribute(Protocol):
    """``is_plain`` says that no user code runs and nothing waits, so that it may be used in the loop."""

    @property
    def is_plain(self) -> bool: ...

    def read(self) -> Any:
        """Return the value. Raises NoValue."""
        ...

    def write(self, value: Any) -> bool:
        """Set the value; return True, which is what the caller is told."""
        ...

    def remove(self) -> bool:
        """Delete the value and return True. Raises NoValue when there is none."""
        ...


class PlainAttribute:
    """A value in the object's own namespace, or a default in its class's."""

    is_plain = True

    def __init__(self, owner: object, name: str, path: str) -> None:
        self._owner = owner
        self._name = name
        self._path = path

    def read(self) -> Any:
        try:
            return getattr(self._owner, self._name)
        except AttributeError:
            raise NoValue(f"{self._path} has no value.") from None

    def write(self, value: Any) -> bool:
        setattr(self._owner, self._name, value)
        return True

    def remove(self) -> bool:
        try:
            delattr(self._owner, self._name)
        except AttributeError:
            raise NoValue(f"{self._path} has no value of its own to delete.") from None
        return True


class DescriptorAttribute:
    """A property or a tracked value: its functions may wait, and raise anything."""

    is_plain = False

    def __init__(self, owner: object, member: Any) -> None:
        self._owner = owner
        self._member = member

    def read(self) -> Any:
        return self._member.__get__(self._owner, type(self._owner))

    def write(self, value: Any) -> bool:
        self._member.__set__(self._owner, value)
        return True

    def remove(self) -> bool:
        self._member.__delete__(self._owner)
        return True
