"""The ASGI application of a site that is one script."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from ...core.asgi import application as smallweb_application

application = smallweb_application(get_asgi_application())
