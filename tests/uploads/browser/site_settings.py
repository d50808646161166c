"""The site of the tests of resumable uploads, with pages and scripts, behind the strictest policy."""

from __future__ import annotations

from tests.uploads.resumable.site_settings import *  # noqa: F403
from tests.uploads.resumable.site_settings import MIDDLEWARE as OTHERS

ROOT_URLCONF = "tests.uploads.browser.site_urls"
MIDDLEWARE = ["tests.uploads.browser.site_urls.add_policy", *OTHERS]
