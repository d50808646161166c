"""The demo: a backend.py and a folder of static pages, as a user of the suite writes them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from smallweb.core.conf import core_settings

PAGES = Path(__file__).resolve().parent / "site"


class DemoConfig(AppConfig):
    name = "smallweb_project.demo"
    label = "smallweb_demo"
    verbose_name = "Demo"

    def ready(self) -> None:
        post_migrate.connect(copy_pages, dispatch_uid="the demo's pages")


def copy_pages(**kwargs: Any) -> None:
    """Put the demo's pages into the site folder, unless it has a start page of its own."""
    site = core_settings().sites[""]
    if (site / "index.html").exists():
        return
    site.mkdir(parents=True, exist_ok=True)
    for page in PAGES.iterdir():
        if not (site / page.name).exists():
            shutil.copy(page, site)
