"""The project's ASGI application: Django's pages and the suite's socket."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smallweb_project.settings")
django.setup()

from smallweb.core.asgi import application as smallweb_application  # noqa: E402

application = smallweb_application()
