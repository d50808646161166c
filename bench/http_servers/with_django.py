"""The Django project as it is served."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from smallweb.core.asgi import application as smallweb_application  # noqa: E402

application = smallweb_application(django_application)
