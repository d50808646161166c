"""Remote objects that are used like local ones."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from .verbs import Verbs


class RemotePath:
    """A name on the server: ``await path(4, b=5)`` calls it, ``await path`` gets its value."""

    __slots__ = ("_path", "_verbs")

    def __init__(self, verbs: Verbs, path: str = "") -> None:
        self._verbs = verbs
        self._path = path

    def __getattr__(self, name: str) -> RemotePath:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemotePath(self._verbs, f"{self._path}.{name}" if self._path else name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._verbs.apply(self._path, args, kwargs)

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._verbs.get(self._path).__await__()  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<remote {self._path or 'objects'}>"


class RemoteObject:
    """An object as ``rpc.describe`` told it: methods are called, attributes got, set and deleted."""

    def __init__(self, verbs: Verbs, path: str, node: dict[str, Any]) -> None:
        vars(self).update(_verbs=verbs, _path=path, _node=node, __doc__=node.get("doc"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        path, node = self._member(name)
        if node["kind"] == "attribute":
            return self._verbs.get(path)
        if node["kind"] == "object":
            return RemoteObject(self._verbs, path, node)
        return _method(self._verbs, path, node)

    def __setattr__(self, name: str, value: Any) -> None:
        self._verbs.set(self._member(name)[0], value)

    def __delattr__(self, name: str) -> None:
        self._verbs.delete(self._member(name)[0])

    def __dir__(self) -> Iterator[str]:
        return iter(self._node["members"])

    def __repr__(self) -> str:
        return f"<remote {self._path or 'objects'}>"

    def _member(self, name: str) -> tuple[str, dict[str, Any]]:
        node = self._node["members"].get(name)
        if node is None:
            known = ", ".join(self._node["members"]) or "nothing"
            raise AttributeError(f"{self!r} has no {name!r}; it has {known}.")
        return (f"{self._path}.{name}" if self._path else name), node


def _method(verbs: Verbs, path: str, node: dict[str, Any]) -> Callable[..., Any]:
    def remote(*args: Any, **kwargs: Any) -> Any:
        return verbs.apply(path, args, kwargs)

    remote.__name__ = remote.__qualname__ = path.rpartition(".")[2]
    remote.__doc__ = f"{path}{node.get('signature', '')}\n\n{node.get('doc', '')}".rstrip()
    return remote
