"""``manage.py load_demo``: put the demo's pages into the site folder, where they are not there yet."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from smallweb.core.conf import core_settings

PAGES = Path(__file__).resolve().parent.parent.parent / "site"


class Command(BaseCommand):
    requires_system_checks = []  # they would tell of the missing folder that this makes
    help = "Copy the demo's pages into an empty site folder; a folder with files in it is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        site = core_settings().sites[""]
        site.mkdir(parents=True, exist_ok=True)
        if any(site.iterdir()):
            return
        shutil.copytree(PAGES, site, dirs_exist_ok=True)
        self.stdout.write(f"The demo's pages are in {site}")
