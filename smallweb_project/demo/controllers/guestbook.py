"""A guestbook: /guestbook/Guestbook/entries and /guestbook/Guestbook/sign."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from smallweb.dispatch import Controller, PublicError, endpoint, safe

from ..models import GuestbookEntry

SHOWN = 20
MAX_NAME, MAX_WORDS = 50, 280


class Guestbook(Controller, access="public"):
    @safe
    def entries(self) -> list[dict[str, Any]]:
        """Return the newest entries."""
        return list(GuestbookEntry.objects.values("name", "words", "at")[:SHOWN])

    @endpoint(per_minute=30)
    def sign(self, name: str, words: str) -> HttpResponseBase:
        """Keep an entry, and lead back to the page."""
        name, words = name.strip(), words.strip()
        if not name or not words:
            raise PublicError("Write your name and a few words.", code="empty")
        if len(name) > MAX_NAME or len(words) > MAX_WORDS:
            raise PublicError(
                f"{MAX_NAME} letters of a name and {MAX_WORDS} of words fit in.", code="too_long"
            )
        GuestbookEntry.objects.create(name=name, words=words)
        return self.redirect("/guestbook.html")
