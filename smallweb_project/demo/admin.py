"""The guestbook, for who looks after it."""

from __future__ import annotations

from django.contrib import admin

from .models import GuestbookEntry

admin.site.register(GuestbookEntry)
