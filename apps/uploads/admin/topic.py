"""Where the admin pages of uploads hear of news."""

from __future__ import annotations

LIVE_TOPIC = "admin/smallweb_uploads/#"
