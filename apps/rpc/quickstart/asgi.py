"""The ASGI application of a site that is one script."""

from __future__ import annotations

import django

django.setup()

from ...core.asgi import application as smallweb_application  # noqa: E402

application = smallweb_application()
