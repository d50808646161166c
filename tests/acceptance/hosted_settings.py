"""The real project with the tests' host in place of the demo."""

from __future__ import annotations

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "smallweb_project.demo"] + ["tests.host"]
