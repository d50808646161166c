"""htag 1 as an ASGI application: one renderer, which all tabs of the visitor show.

``/`` is the page, ``/ws`` its socket; ``/call`` (POST) and ``/pushes`` (server-sent events) serve pages that
have no socket. A message of the browser is ``{"id", "method", "args", "kargs", "event", "n"}``, as the page
makes it, answered by the actions of htag with the same ``n``; an empty message by an empty one. One that
the tab has sent before, and says so (``"again": true``), is not done again.
What changes the page bears a version ``v``, so that a tab that missed one is drawn anew.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from htag.render import HRenderer  # type: ignore[import-not-found,unused-ignore]
from htag.render import logger as htag_logger

from .answers import Answers, Sequences
from .htag1_rules import BadInteraction, Interaction, RenderedMethods, require_allowed
from .tab import BEAT, Tab, beat

if TYPE_CHECKING:
    from .session import Session

_CONFIG = "__SMALLWEB_CONFIG__"
_JS = f"""
const smallweb_link = new SmallwebLink({_CONFIG});
function interact(o) {{ return smallweb_link.interact(o); }}
smallweb_link.open(start, action);
"""
_MAX_PENDING = 32
_JSON = "application/json"
_FAILED = "The app failed."
_REPEATED = "This request was sent before, or after a later one."


class Htag1:
    """Serves one instance of a Tag class. ``session.start`` has ``init``, ``debug`` and ``methods``."""

    def __init__(self, tag_class: Any, session: Session) -> None:
        self._tag_class = tag_class
        self._session = session
        self._init = session.start.get("init") or [[], {}]
        self._shows_faults = bool(session.start.get("debug"))
        self._may_call_any = session.start.get("methods") == "any"
        self._lock = asyncio.Lock()  # htag would mix the changes of two interactions
        self._renderer: Any = None
        self._is_broken = False
        self._response: dict[str, Any] = {}
        self._rendered = RenderedMethods()
        self._tabs: set[Tab] = set()
        self._version = 0
        self._was_shown = False
        self._answers = Answers()
        self._sequences = Sequences()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        serve = {
            ("http", "/"): self._page,
            ("http", "/call"): self._call,
            ("http", "/pushes"): self._stream,
            ("websocket", "/ws"): self._socket,
        }.get((scope["type"], scope["path"]))
        if serve is not None:
            await serve(scope, receive, send)
        elif scope["type"] == "http":
            await _answer(send, 404, "text/plain; charset=utf-8", "There is nothing here.\n")
        else:
            await send({"type": "websocket.close"})

    async def _page(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async with self._lock:
            number = self._session.activity.begin()
            try:
                html = self._draw_page(scope["smallweb"])
            finally:
                self._session.activity.end(number)
        await _answer(send, 200, "text/html; charset=utf-8", html)

    def _draw_page(self, given: dict[str, Any]) -> str:
        if self._renderer is None or self._is_broken:
            self._make_renderer(given["scripts"])
        start = "\n".join(self._renderer.tag._getAllJs()) if self._was_shown else None
        config = {
            **given["config"],
            "version": self._version,
            "start": start,
            "body": str(id(self._renderer.tag)),
            "page": self._sequences.new_page(),
            "debug": self._shows_faults,
        }
        text = json.dumps(config).replace("<", "\\u003c").replace("\u2028", "\\u2028")
        return str(self._renderer).replace(_CONFIG, text, 1)

    def _make_renderer(self, scripts: list[str]) -> None:
        from htag import Tag

        args, kwargs = self._init
        if not any(
            "user" in vars(one) for one in self._tag_class.__mro__
        ):  # htag's classes have any attribute
            self._tag_class.user = self._session.user
        with _Faults() as faults:
            renderer = HRenderer(
                self._tag_class,
                js=_JS,
                exit_callback=self._exit,
                init=(tuple(args), dict(kwargs)),
                fullerror=True,
                statics=[Tag.script(_src=url) for url in scripts],
                session=self._session.data,
            )
        self._is_broken = not isinstance(renderer.tag, self._tag_class)
        if self._is_broken:
            text = self._reported("".join(faults.texts)) or _FAILED
            renderer.tag.clear(Tag.pre(html.escape(text)))
        renderer.sendactions = self._push
        make_response = renderer._mkReponse

        def make_and_keep(tags: list[Any]) -> dict[str, Any]:
            response: dict[str, Any] = make_response(tags)
            self._response = dict(response)
            return response

        renderer._mkReponse = make_and_keep
        self._renderer = renderer

    def _reported(self, trace: str) -> str:
        """Tell the host of a fault, and return what the browser may know of it."""
        self._session.report(trace.strip().rpartition("\n")[2])
        return trace if self._shows_faults else _FAILED

    def _exit(self) -> None:
        self._tell_all({"ended": True})
        asyncio.get_running_loop().call_later(0.1, self._session.stop)

    async def _push(self, actions: dict[str, Any]) -> bool:
        """Send what ``tag.update()`` has made; return whether somebody sees it."""
        self._version += 1
        self._tell_all({**actions, "v": self._version})
        if not self._tabs:  # what a tab is sent has the changes with it
            self._session.keep_changes()
        return bool(self._tabs)

    def tell(self, text: str) -> None:
        """Show the visitor a message of an operator."""
        self._tell_all({"tell": text})

    def _tell_all(self, message: dict[str, Any], *, but: str | None = None) -> None:
        text = json.dumps(message)
        for tab in list(self._tabs):
            if but is None or tab.name != but:
                tab.put(text)

    async def _socket(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        async with self._shown(scope, lambda text: send({"type": "websocket.send", "text": text})) as tab:
            await tab.while_read(self._read(receive, tab))
            is_given_up = tab.lost.is_set()
        if is_given_up:
            await send({"type": "websocket.close", "code": 1013})

    async def _read(self, receive: Any, tab: Tab) -> None:
        pending: set[asyncio.Task[None]] = set()
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            if not text or text == BEAT:
                tab.put(BEAT)
                continue
            task = asyncio.ensure_future(self._answer_tab(text, tab))
            pending.add(task)
            task.add_done_callback(pending.discard)
            if len(pending) >= _MAX_PENDING:
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)

    async def _answer_tab(self, text: str, tab: Tab) -> None:
        reply, _ = await self._interact(text, tab.name)
        tab.put(json.dumps(reply))

    async def _stream(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        headers.append((b"x-accel-buffering", b"no"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})

        async def write(text: str) -> None:
            event = f"data: {text}\n\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": True})

        async with self._shown(scope, write) as tab:
            tab.put(BEAT)  # what stands between would keep the headers until something follows them
            beating = asyncio.ensure_future(beat(tab))
            await tab.while_read(_until_gone(receive))
            beating.cancel()

    def _shown(self, scope: dict[str, Any], write: Any) -> _Shown:
        name, seen = _tab_of(scope)
        return _Shown(self, Tab(name, write), seen)

    def redraw(self) -> dict[str, Any]:
        """Return what shows the whole body as it is now."""
        response = self._renderer._mkReponse([self._renderer.tag])
        body = response["update"][id(self._renderer.tag)]
        return {"update": {0: body}, "post": response.get("post", ""), "v": self._version}

    async def add_tab(self, tab: Tab, seen: str) -> None:
        async with self._lock:
            is_lost = self._renderer is None  # the page was drawn by a process that is no more
            if not is_lost and seen != str(self._version):
                tab.put(json.dumps(self.redraw()))
            self._tabs.add(tab)
            self._was_shown = True
        self._session.activity.add_tabs(1)
        if is_lost:
            tab.put(json.dumps({"reload": True}))

    def remove_tab(self, tab: Tab) -> None:
        self._tabs.discard(tab)
        self._session.activity.add_tabs(-1)

    async def _call(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        pieces = []
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            pieces.append(message["body"])
            more = message["more_body"]
        sealed = scope["smallweb"].get("sealed")
        if sealed is not None and not self._sequences.take(sealed["page"], sealed["number"]):
            return await _answer(send, 400, _JSON, json.dumps({"error": "seal_broken", "message": _REPEATED}))
        tab_name, seen = _tab_of(scope)
        reply, was_known = await self._interact(b"".join(pieces).decode("utf-8", "replace"), tab_name)
        if was_known and seen != str(self._version):
            async with self._lock:
                reply = self._with_drawing(reply)
        return await _answer(send, 200, _JSON, json.dumps(reply))

    def _with_drawing(self, reply: dict[str, Any]) -> dict[str, Any]:
        drawing = self.redraw()
        return {**drawing, **reply, "post": f"{drawing['post']}\n{reply.get('post', '')}"}

    async def _interact(self, text: str, tab_name: str) -> tuple[dict[str, Any], bool]:
        """Return the actions for the tab that asked, the others are told what has changed; and whether they
        were made before, for the same message.
        """
        try:
            asked = Interaction.parse(text)
        except BadInteraction as error:
            return {"err": str(error)}, False
        return await self._answers.once(tab_name, asked, lambda: self._do_alone(asked, tab_name))

    async def _do_alone(self, asked: Interaction, tab_name: str) -> dict[str, Any]:
        async with self._lock:
            if self._renderer is None:
                return {"n": asked.number, "reload": True}
            number = self._session.activity.begin()
            try:
                reply = await self._do(asked)
            finally:
                self._session.activity.end(number)
            if "update" in reply or "stream" in reply:
                self._version += 1
                others = {**self._response, "stream": reply.get("stream", {}), "v": self._version}
                self._tell_all(others, but=tab_name)
        return {**reply, "n": asked.number, "v": self._version}

    async def _do(self, asked: Interaction) -> dict[str, Any]:
        self._response = {}
        try:
            if not self._may_call_any:
                require_allowed(asked, self._rendered)
            reply: dict[str, Any] = await self._renderer.interact(
                asked.id, asked.method, asked.args, asked.kargs, asked.event
            )
        except BadInteraction as error:
            return {"err": str(error)}
        except Exception:
            reply = {"err": traceback.format_exc()}
        return {**reply, "err": self._reported(reply["err"])} if "err" in reply else reply


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Faults(logging.Handler):
    """What htag logs of an app that cannot be made, inside a block; it tells of it nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def __enter__(self) -> _Faults:
        htag_logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        htag_logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr)  # noqa: T201 - to the session's log
        if record.levelno >= logging.ERROR:
            self.texts.append(record.getMessage())


class _Shown:
    """A tab for as long as it is connected."""

    def __init__(self, app: Htag1, tab: Tab, seen: str) -> None:
        self._app = app
        self._tab = tab
        self._seen = seen

    async def __aenter__(self) -> Tab:
        await self._app.add_tab(self._tab, self._seen)
        return self._tab

    async def __aexit__(self, *_: object) -> None:
        self._app.remove_tab(self._tab)
        await self._tab.end()


def _tab_of(scope: dict[str, Any]) -> tuple[str, str]:
    """Return the name of the tab, and the version that it shows."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("tab", [""])[0][:64], query.get("v", [""])[0]


async def _answer(send: Any, status: int, kind: str, text: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode("utf-8", "replace")})
