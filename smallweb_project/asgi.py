"""The project's ASGI application: Django's pages and the suite's socket."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smallweb_project.settings")
django_application = get_asgi_application()

from smallweb.core.asgi import application as smallweb_application  # noqa: E402

application = smallweb_application(django_application)
