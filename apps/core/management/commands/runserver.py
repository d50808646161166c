"""``manage.py runserver``: daphne's, with the body guard installed and the rows synced with the code."""

from __future__ import annotations

from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from ...daphne_guard import install
from ...sync import sync_all


class Command(DaphneCommand):  # type: ignore[misc]
    def inner_run(self, *args: Any, **options: Any) -> None:
        install()
        sync_all()
        super().inner_run(*args, **options)
