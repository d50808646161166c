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
    name = os.environ.get("DJANGO_SUPERUSER_USERNAME", "admin")
    password = os.environ.get("DJANGO_SUPERUSER_PASSWORD") or "-".join(_word() for _ in range(4))
    User._default_manager.create_superuser(  # type: ignore[attr-defined]
        username=name, email=os.environ.get("DJANGO_SUPERUSER_EMAIL", ""), password=password
    )
    return name, password


def _word() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(5))
