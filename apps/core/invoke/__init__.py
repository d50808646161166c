"""The one place where user code is called."""

from .call import call_function
from .child import CallRequest
from .host import CallHost, EndCall
from .outcome import Outcome
from .worker_host import CallKind, call_kinds, worker_host

__all__ = [
    "CallHost",
    "CallKind",
    "CallRequest",
    "EndCall",
    "Outcome",
    "call_function",
    "call_kinds",
    "worker_host",
]
