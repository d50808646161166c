"""Where the admin pages of periodic hear of news."""

from __future__ import annotations

LIVE_TOPIC = "admin/smallweb_periodic/#"
