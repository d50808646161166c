"""Routes of Starlette, and of FastAPI where parameters have types."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello world")


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


async def add(request: Request) -> JSONResponse:
    return JSONResponse(int(request.query_params["a"]) + int(request.query_params.get("b", "0")))


@api.get("/hello")
async def fast_hello() -> str:
    return "hello world"


@api.post("/echo")
async def fast_echo(body: dict[str, Any]) -> Any:
    return body


@api.get("/add")
async def fast_add(a: int, b: int = 0) -> int:
    return a + b


# FastAPI is a whole application of its own: mounted behind another it would pay for both.
starlette = Starlette(
    routes=[Route("/hello", hello), Route("/echo", echo, methods=["POST"]), Route("/add", add)]
)
