"""Where dispatch's admin pages hear of news."""

from __future__ import annotations

LIVE_TOPIC = "admin/smallweb_dispatch/#"
