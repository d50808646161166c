"""Tells the web processes at once what their connections would notice only by their regular look."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from ..models import ApiToken
from .notices import session_ended, token_changed, user_changed


def connect_signals() -> None:
    """Hear of users who log out, are disabled or deleted, and of tokens that change."""
    user_logged_out.connect(_on_logout, dispatch_uid="smallweb_core.logout")
    post_save.connect(_on_user_saved, sender=get_user_model(), dispatch_uid="smallweb_core.user_saved")
    post_delete.connect(_on_user_deleted, sender=get_user_model(), dispatch_uid="smallweb_core.user_deleted")
    for signal in (post_save, post_delete):
        signal.connect(_on_token, sender=ApiToken, dispatch_uid="smallweb_core.token")


def _on_logout(request: Any = None, **given: Any) -> None:
    """The session is named here and not looked at: it is flushed only after this signal."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key is not None:
        session_ended(key)


def _on_user_saved(instance: Any, created: bool, **given: Any) -> None:
    if not created and not instance.is_active:
        transaction.on_commit(partial(user_changed, instance.pk))


def _on_user_deleted(instance: Any, **given: Any) -> None:
    transaction.on_commit(partial(user_changed, instance.pk))


def _on_token(instance: ApiToken, created: bool = False, **given: Any) -> None:
    if not created:
        transaction.on_commit(partial(token_changed, instance.pk))
