"""Whom a question is about: "may this user…"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _


def user_of_name(name: str, *, asker: Any) -> Any:
    """Return the user of this name, AnonymousUser without one. Raises ValidationError.

    Who may not see users asks about visitors and themselves: what others may is not theirs to know.
    """
    name = name.strip()
    if not name:
        return AnonymousUser()
    if name == asker.get_username():
        return asker
    User = get_user_model()
    if not asker.has_perm(f"{User._meta.app_label}.{get_permission_codename('view', User._meta)}"):
        raise forms.ValidationError(_("You may not see other users; write your own name, or nothing."))
    try:
        return User._default_manager.get_by_natural_key(name)
    except User.DoesNotExist as error:
        raise forms.ValidationError(_("There is no user of this name.")) from error
