"""What the app serves."""

from __future__ import annotations

from smallweb.rpc import serve

from .things import Till

serve(till=Till(), access="staff", attrs={"total": "rwd", "drawer": "object", "drawer.is_open": "r"})


@serve("ping", access="public")
def ping() -> str:
    """Answer at once."""
    return "pong"
