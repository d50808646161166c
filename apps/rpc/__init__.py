"""Python objects that browsers call, read and set, and values of which they hear."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.channels import publish
from ..core.exceptions import PublicError
from .caller import Caller
from .expose import expose
from .quickstart import RPCWebApp
from .registry import serve
from .tracked import tracked

__all__ = ["Caller", "PublicError", "RPCWebApp", "access_rule", "expose", "publish", "serve", "tracked"]
