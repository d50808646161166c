"""A FastAPI application that does what such applications do."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, FastAPI, File, Form, Request, Response, UploadFile, WebSocket
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse

PIECE = bytes(range(256)) * 256
NOTE = os.environ.get("DESK_NOTE", "")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"began_in": os.getpid()}
    if NOTE:
        await asyncio.to_thread(Path(NOTE).write_text, "ended")


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def front(request: Request) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "began_in": request.state.began_in,
        "root_path": request.scope["root_path"],
        "path": request.url.path,
        "query": dict(request.query_params),
        "cookies": dict(request.cookies),
        "here": str(request.url_for("front")),
        "user": request.user.display_name,
        "email": request.user.data.get("email", ""),
        "is_authenticated": request.user.is_authenticated,
    }


@app.get("/raw/{name:path}")
async def raw(request: Request, name: str) -> dict[str, str]:
    return {"name": name, "raw_path": request.scope["raw_path"].decode()}


@app.get("/count")
async def count(request: Request) -> int:
    request.session.setdefault("seen", []).append(1)
    return len(request.session["seen"])


@app.get("/later")
async def later(request: Request, tasks: BackgroundTasks) -> str:
    tasks.add_task(request.session.__setitem__, "later", "done")
    return "soon"


@app.get("/later/done")
async def later_done(request: Request) -> str:
    return str(request.session.get("later", ""))


@app.post("/upload")
async def upload(title: Annotated[str, Form()], file: Annotated[UploadFile, File()]) -> dict[str, Any]:
    content = await file.read()
    return {"title": title, "name": file.filename, "sha256": hashlib.sha256(content).hexdigest()}


@app.put("/stream")
async def take(request: Request) -> dict[str, Any]:
    """Take a body as it comes."""
    digest, size = hashlib.sha256(), 0
    async for piece in request.stream():
        digest.update(piece)
        size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


@app.post("/refuse")
async def refuse() -> Response:
    """Answer before the body is read."""
    return PlainTextResponse("no", 418)


@app.get("/stream/{count}")
async def give(count: int) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield PIECE

    return StreamingResponse(pieces(), media_type="application/octet-stream")


@app.get("/whole/{count}")
async def give_whole(count: int) -> Response:
    return Response(PIECE * count, media_type="application/octet-stream")


@app.get("/events")
async def events(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        try:
            number = 0
            while True:
                yield f"id: {number}\ndata: {number}\n\n"
                number += 1
                await asyncio.sleep(0.01)
        finally:
            request.session["events"] = "left"

    return StreamingResponse(pieces(), media_type="text/event-stream")


@app.get("/broken")
async def broken() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("in the middle")

    return StreamingResponse(pieces())


@app.get("/fail")
async def fail() -> None:
    raise RuntimeError("on purpose")


@app.get("/cookies")
async def cookies() -> JSONResponse:
    answer = JSONResponse("set")
    answer.set_cookie("a", "1", path="/apps/desk", httponly=True, samesite="strict", max_age=60)
    answer.headers.append("set-cookie", 'json={"x":1}; Path=/; Partitioned; Secure')
    answer.headers.append("set-cookie", "twice=1; Path=/one")
    answer.headers.append("set-cookie", "twice=2; Path=/two")
    answer.set_cookie("sessionid", "stolen")
    answer.set_cookie("csrftoken", "stolen")
    answer.headers.append("link", "</a>; rel=next")
    answer.headers.append("link", "</b>; rel=prev")
    return answer


@app.get("/away")
async def away(request: Request) -> RedirectResponse:
    return RedirectResponse(str(request.url_for("front")), 303)


@app.get("/empty", status_code=204)
async def empty() -> None:
    return None


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    asked = socket.scope["subprotocols"]
    await socket.accept(subprotocol=asked[0] if asked else None, headers=[(b"x-desk", b"1")])
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            socket.session["left"] = message["code"]
            return
        if message.get("text") is not None:
            if message["text"] == "close":
                return await socket.close(4001, "as asked")
            if message["text"] == "fail":
                raise RuntimeError("on purpose")
            await socket.send_text(message["text"])
        else:
            await socket.send_bytes(message["bytes"])


@app.websocket("/refused")
async def refused(socket: WebSocket) -> None:
    await socket.close(4003)


@app.websocket("/who")
async def who(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(
        {
            "pid": os.getpid(),
            "user": socket.user.display_name,
            "path": socket.url.path,
            "url": str(socket.url),
        }
    )
    await socket.close()


@app.get("/left")
async def left(request: Request) -> dict[str, Any]:
    return {name: request.session.get(name) for name in ("left", "events")}
