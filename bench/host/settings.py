"""The project as it is, with the measured jobs in place of the demo's."""

from __future__ import annotations

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import INSTALLED_APPS

INSTALLED_APPS = ["bench.host" if app == "smallweb_project.demo" else app for app in INSTALLED_APPS]
