"""Calling a method of a controller: on the loop or in a thread, with a limit of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest

from ..core.http.refusal import Refusal
from ..core.socket.pool import TookTooLong, in_pool_within
from .controller import Controller
from .given import Given, has_form, read_given
from .params import make_params
from .registry import Endpoint
from .signature import PARAMS


async def call(request: HttpRequest, endpoint: Endpoint) -> Any:
    """Return what the method returns. Raises Refusal, and what the method raises."""
    controller = controller_for(request, endpoint)
    arguments = {**await read_arguments(request, endpoint), **endpoint.parameters.fill(controller)}
    if endpoint.is_async:
        return await _on_the_loop(endpoint, controller, arguments)
    return await _in_a_thread(endpoint, lambda: _sync(endpoint, controller, arguments))


def controller_for(request: HttpRequest, endpoint: Endpoint) -> Controller:
    """Return a new instance that serves this request."""
    controller = endpoint.controller()
    controller._request = request
    return controller


async def read_arguments(request: HttpRequest, endpoint: Endpoint) -> dict[str, Any]:
    """Return what the caller fills. Raises Refusal."""
    given = await _given(request)
    if endpoint.parameters.takes_params:
        return {PARAMS: make_params(given, method=request.method or "GET", path=request.path_info)}
    return endpoint.parameters.read(given)


async def _given(request: HttpRequest) -> Given:
    if request.method in ("GET", "HEAD") or not has_form(request):
        return read_given(request)
    # A form may have files, which take their time.
    given: Given = await in_pool_within(lambda: read_given(request), timeout_s=None)
    return given


async def _on_the_loop(endpoint: Endpoint, controller: Controller, arguments: dict[str, Any]) -> Any:
    made = endpoint.function(controller, **arguments)
    if not asyncio.iscoroutine(made):  # an asynchronous generator
        return made
    try:
        async with asyncio.timeout(endpoint.timeout_s) as limit:
            return await made
    except TimeoutError:
        if limit.expired():
            raise _too_late(endpoint) from None
        raise


async def _in_a_thread(endpoint: Endpoint, work: Callable[[], Any]) -> Any:
    try:
        return await in_pool_within(work, timeout_s=endpoint.timeout_s)
    except TookTooLong:
        raise _too_late(endpoint) from None


def _sync(endpoint: Endpoint, controller: Controller, arguments: dict[str, Any]) -> Any:
    databases = connections.settings
    alias = next((name for name in databases if databases[name]["ATOMIC_REQUESTS"]), None)
    if alias is None:
        return endpoint.function(controller, **arguments)
    with transaction.atomic(using=alias):
        return endpoint.function(controller, **arguments)


def _too_late(endpoint: Endpoint) -> Refusal:
    return Refusal(504, "timed_out", f"The method took longer than {endpoint.timeout_s:g} s.")
