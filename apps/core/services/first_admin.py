"""The first admin user of a new project."""

from __future__ import annotations

import os
import secrets

from django.contrib.auth import get_user_model

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def ensure_admin() -> tuple[str, str] | None:
    """Make a superuser when there is none; return its name and password, or None when there is one.

    ``DJANGO_SUPERUSER_USERNAME``, ``DJANGO_SUPERUSER_PASSWORD`` and ``DJANGO_SUPERUSER_EMAIL`` are
    taken when set, as by ``createsuperuser``; a password that is not given is random.
    """
    User = get_user_model()
    if User._default_manager.filter(is_superuser=True).exists():
        return None
    email = os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
    names_by_email = User.get_email_field_name() == User.USERNAME_FIELD
    name = os.environ.get("DJANGO_SUPERUSER_USERNAME") or (email if names_by_email else "") or "admin"
    password = os.environ.get("DJANGO_SUPERUSER_PASSWORD") or "-".join(_word() for _ in range(4))
    fields = {User.get_email_field_name(): email, User.USERNAME_FIELD: name, "password": password}
    User._default_manager.create_superuser(**fields)
    return name, password


def _word() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(5))
