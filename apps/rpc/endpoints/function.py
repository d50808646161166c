"""A method or a function behind a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import Raw, UnsetType

from ...core.socket.calls import Call
from ...core.socket.methods import run_task
from ...core.socket.pool import get_outlet, get_pool
from ..parameters import Arguments, Parameter, Parameters
from .base import Endpoint, Leave, Limits
from .items import collect, collect_async, is_stream


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionEndpoint(Endpoint):
    """``function`` is bound to its object. ``inline``: it is called in the loop itself."""

    function: Callable[..., Any] = field(repr=False)
    parameters: Parameters = field(repr=False)
    result: Any = Any
    inline: bool = False
    is_async: bool = False
    streams: bool = False
    """Whether it is a generator, whose items can be sent one by one."""

    @property
    def listed(self) -> list[Parameter]:
        return self.parameters.listed

    def start(self, call: Call) -> None:
        self.serve_with(call, call.request.params)

    def serve_with(
        self, call: Call, params: Raw | UnsetType, *, limits: Limits | None = None, stream: bool = False
    ) -> None:
        """Serve a call whose arguments are ``params``; ``stream`` sends a generator's items one by one."""
        call.observe = self.watches["call"]
        arguments = self.parameters.read(params, of=self.name)
        if self.inline:
            self.serve(call, "call", lambda leave: self._run_inline(call, arguments, leave))
            return
        run = _Run(self, call, arguments, limits or self.limits, stream and call.peer.can_stream)
        self.serve(call, "call", run.begin)

    def _run_inline(self, call: Call, arguments: Arguments, leave: Leave) -> None:
        args, kwargs = self.parameters.fill(call, arguments)
        call.succeed(self.function(*args, **kwargs))
        leave()


class _Run:
    """One call of a function that takes its time."""

    def __init__(
        self, endpoint: FunctionEndpoint, call: Call, arguments: Arguments, limits: Limits, stream: bool
    ) -> None:
        self._endpoint = endpoint
        self._call = call
        self._arguments = arguments
        self._limits = limits
        self._stream = stream
        self._leave: Leave

    def begin(self, leave: Leave) -> None:
        self._leave = leave
        self._arguments = self._endpoint.parameters.fill(self._call, self._arguments)
        if self._endpoint.is_async:
            run_task(self._call, self._run_in_loop)
            return
        self._call.expect_start(within_s=self._limits.max_start_delay_s)
        pool = get_pool()
        job = pool.submit(self._run_in_thread, self._done, get_outlet())
        self._call.abort = lambda: pool.give_up(job)

    def _run_in_thread(self) -> str | None:
        call, (args, kwargs) = self._call, self._arguments
        call.started(timeout_s=self._limits.timeout_s)
        result = self._endpoint.function(*args, **kwargs)
        if is_stream(result):
            result = collect(call, result, stream=self._stream)
        return call.encode(result)

    def _done(self, text: str | None, error: BaseException | None) -> None:
        if error is None:
            self._call.answer(text)
        else:
            self._call.fail(error)
        self._leave()

    async def _run_in_loop(self) -> Any:
        call, (args, kwargs) = self._call, self._arguments
        call.expect_start(within_s=self._limits.max_start_delay_s)
        try:
            call.started(timeout_s=self._limits.timeout_s)
            made = self._endpoint.function(*args, **kwargs)
            return await (collect_async(call, made, stream=self._stream) if is_stream(made) else made)
        finally:
            self._leave()
