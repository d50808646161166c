"""Admin pages that show news without a reload."""

from __future__ import annotations

from django.forms import Media
from django.forms.widgets import Script

from .base import Base


class LiveAdmin(Base):
    """``live_topic``: on news there the page fetches itself and takes over what changed.

    That is the rows of a list and every element with ``data-live="<a name that is unique in the page>"``.
    """

    live_topic = ""

    @property
    def media(self) -> Media:
        script = Script("smallweb_core/admin_live.js", type="module", **{"data-topic": self.live_topic})
        return super().media + Media(css={"all": ["smallweb_core/admin.css"]}, js=[script])  # type: ignore[list-item]  # the stubs know of texts only
