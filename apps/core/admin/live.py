"""Admin pages that show news without a reload."""

from __future__ import annotations

from django.forms import Media
from django.forms.widgets import Script

from .base import Base


class LiveAdmin(Base):
    """``live_topic``: on news there the page fetches itself and takes over what changed. ``live_every_s``:
    it does so all the time, which is for what nobody tells of; a page that takes long is fetched less often.

    What it takes over is the rows of a list, and every element with ``data-live="<a name that is unique in
    the page>"``.
    """

    live_topic = ""
    live_every_s = 0

    @property
    def media(self) -> Media:
        told = {"data-topic": self.live_topic, "data-every": self.live_every_s}
        script = Script("smallweb_core/admin_live.js", type="module", **told)
        return super().media + Media(css={"all": ["smallweb_core/admin.css"]}, js=[script])  # type: ignore[list-item]  # the stubs know of texts only
