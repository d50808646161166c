"""What visitors leave behind."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class GuestbookEntry(models.Model):
    name = models.CharField(max_length=50)
    words = models.CharField(max_length=280)
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[GuestbookEntry]] = models.Manager()

    class Meta:
        verbose_name_plural = "guestbook entries"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"
