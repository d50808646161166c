"""The queue's own tables stay out of the admin: a row of theirs names any function to be run."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin


def close_queue_tables() -> None:
    if not apps.is_installed("django_q"):  # a check tells
        return
    import django_q.admin  # noqa: F401  registers them now, so that no later autodiscovery does

    for model in apps.get_app_config("django_q").get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)


close_queue_tables()
