"""The one place where user code is called."""

from .call import call_function
from .child import CallRequest
from .host import CallHost, EndCall
from .outcome import Outcome

__all__ = ["CallHost", "CallRequest", "EndCall", "Outcome", "call_function"]
