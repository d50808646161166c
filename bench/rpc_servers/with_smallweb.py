"""smallweb's socket, as the project serves it."""

from __future__ import annotations

import django

django.setup()

from smallweb.core.asgi import application as smallweb_application  # noqa: E402

application = smallweb_application()
