"""``manage.py smallweb_sync``: make the rows follow what is registered in code."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ...sync import sync_all


class Command(BaseCommand):
    help = "Make the rows follow the code: new entries come in, edits stay, vanished code is marked."

    def handle(self, *args: Any, **options: Any) -> None:
        for label, result in sync_all().items():
            self.stdout.write(f"{label}: {result}")
