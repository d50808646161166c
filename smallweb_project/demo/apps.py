"""The demo: a backend.py and a folder of static pages, as a user of the suite writes them."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "smallweb_project.demo"
    label = "smallweb_demo"
    verbose_name = "Demo"
