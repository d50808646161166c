"""A browser without a window: loads pages of apps, and speaks to their sessions as the page's script does."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.sessions.site import CSRF, Site

_CONFIG = re.compile(r"new SmallwebLink\((\{.*?\})\);")
_INTERACT = re.compile(r"interact\( (\{.*?\}) \);")


class Visitor:
    """Somebody with cookies of their own: a user's, or none yet."""

    def __init__(self, site: Site, name: str = "") -> None:
        self.site = site
        without_keeping = httpx.Limits(max_keepalive_connections=0)  # so there is nothing to close
        self.http = httpx.Client(base_url=site.url, timeout=60, limits=without_keeping)
        for cookie, value in (site.cookies(name) if name else {}).items():
            self.http.cookies.set(cookie, value, domain="127.0.0.1")

    def get(self, path: str, **rest: Any) -> httpx.Response:
        return self.http.get(path, **rest)

    def page(self, app: str, query: str = "") -> Page:
        """Load the page of an app of htag 1."""
        answer = self.get(f"/apps/{app}/" + (f"?{query}" if query else ""))
        assert answer.status_code == 200, answer.text
        return Page(self, answer)

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())


class Page:
    """A page of htag 1, as it was when it was loaded."""

    def __init__(self, visitor: Visitor, answer: httpx.Response) -> None:
        found = _CONFIG.search(answer.text)
        assert found is not None, answer.text
        self.visitor = visitor
        self.path = str(answer.request.url.raw_path.decode())
        self.html = answer.text
        self.body = answer.text.partition("<body")[2]
        self.config: dict[str, Any] = json.loads(found[1])
        self._numbers = itertools.count(1)

    @property
    def id(self) -> str:
        """Of the session."""
        return str(self.config["socket"].rpartition("/")[2])

    def shown(self, name: str = "shown") -> str:
        """Return the text of the element of this class."""
        found = re.search(rf'class="{name}"[^>]*>([^<]*)<', self.body)
        assert found is not None, self.body
        return found[1]

    def does(self, name: str) -> dict[str, Any]:
        """Return what the element of this class asks for when it is clicked."""
        found = re.search(rf'class="{name}"[^>]*|<[^>]*class="{name}"', self.body)
        tag = re.search(rf'<[^<>]*class="{name}"', self.body) or found
        assert tag is not None, self.body
        start = self.body.rfind("<", 0, tag.end())
        asked = _asked(self.body[start : self.body.index("</", start)])
        return {**asked, "n": next(self._numbers)}

    def call(self, message: Any, **headers: str) -> httpx.Response:
        """Ask without a socket."""
        given = {"X-CSRFToken": self.config["csrf"], "Content-Type": "application/json", **headers}
        text = message if isinstance(message, str) else json.dumps(message)
        return self.visitor.http.post(self.config["call"] + "?tab=here&v=0", content=text, headers=given)

    def click(self, name: str, *args: Any) -> dict[str, Any]:
        """Click without a socket; ``args`` are what the page's script gives."""
        answer = self.call(self.message(name, *args))
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def message(self, name: str, *args: Any) -> dict[str, Any]:
        asked = self.does(name)
        return {**asked, "args": list(args)} if args else asked

    def socket(self, *, tab: str = "tab", version: Any = None, **rest: Any) -> Tab:
        version = self.config["version"] if version is None else version
        url = f"{self.visitor.site.url}{self.config['socket']}?tab={tab}&v={version}".replace("http", "ws", 1)
        return Tab(connect_as(self.visitor, url, **rest), self)

    def reload(self) -> Page:
        return Page(self.visitor, self.visitor.get(self.path))


def connect_as(
    visitor: Visitor, url: str, *, origin: str | None = None, **rest: Any
) -> AbstractContextManager[ClientConnection]:
    """Open a socket with the visitor's cookies for a block."""
    headers = {"Cookie": visitor.cookie_header()}
    opened: Any = connect(
        url,
        origin=Origin(visitor.site.url if origin is None else origin),
        additional_headers=headers,
        max_size=None,
        close_timeout=1,
        compression=None,
        proxy=None,
        **rest,
    )
    return opened  # type: ignore[no-any-return]


class Tab:
    """The socket of a page, which is open inside a block."""

    socket: ClientConnection

    def __init__(self, connecting: AbstractContextManager[ClientConnection], page: Page) -> None:
        self._connecting = connecting
        self.page = page

    def __enter__(self) -> Tab:
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(self, *reason: Any) -> None:
        self._connecting.__exit__(*reason)

    def beat(self) -> None:
        """Say nothing, and wait for the same."""
        self.socket.send("{}")
        assert self.socket.recv(10) == "{}"

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def hear(self, *, limit_s: float = 10) -> dict[str, Any]:
        """Return the next message that says something."""
        while (text := self.socket.recv(limit_s)) in ("", "{}"):
            pass
        said: dict[str, Any] = json.loads(text)
        return said

    def hear_until(self, is_it: Callable[[dict[str, Any]], bool], *, limit_s: float = 10) -> dict[str, Any]:
        while not is_it(said := self.hear(limit_s=limit_s)):
            pass
        return said

    def click(self, name: str, *args: Any) -> dict[str, Any]:
        """Click and return the answer."""
        return self.ask(self.page.message(name, *args))

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self.send(message)
        return self.hear_until(lambda said: said.get("n") == message["n"])

    def go_on(self, said: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to what an answer asks to be asked; None where it asks nothing."""
        if "next" not in said:
            return None
        return self.ask({**_asked(said["next"]), "n": next(self.page._numbers)})


def _asked(script: str) -> dict[str, Any]:
    found = _INTERACT.search(script.replace("&quot;", '"'))
    assert found is not None, script
    text = re.sub(r'"event": jevent\(event\)', '"event": {}', found[1])
    asked: dict[str, Any] = json.loads(text.replace("...arguments", "").replace("this.value", ""))
    return asked


__all__ = ["CSRF", "Page", "Tab", "Visitor", "connect_as"]
