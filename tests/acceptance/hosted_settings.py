"""The real project with the tests' host in place of the demo."""

from __future__ import annotations

import os

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import DATABASES, INSTALLED_APPS
from tests.acceptance import moved_clock

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "smallweb_project.demo"] + ["tests.host"]

if "SMALLWEB_TEST_SQLITE_TIMEOUT_S" in os.environ:
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["SMALLWEB_TEST_SQLITE_TIMEOUT_S"])
if moved_clock.VARIABLE in os.environ:
    moved_clock.follow_file()
