"""Tokens of programs: made here and shown once, looked over, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import ApiToken
from ..models.api_token import SCOPES, default_scopes
from ..services.tokens import new_text, take_text
from .operations import Done, Operation, OperationRefused, OperationsAdmin

_SHOWN = ("user", "prefix", "shown_state", "created_at", "last_used_at")
_TEMPLATE = "smallweb_core/admin/new_token.html"


_DOORS = {
    "rpc": gettext_lazy("rpc: objects and channels, by socket, POST /rpc/ and event stream"),
    "dispatch": gettext_lazy("dispatch: the URLs of controllers"),
    "uploads": gettext_lazy("uploads: handlers, folders and files"),
}
if TYPE_CHECKING:
    Form = forms.ModelForm[ApiToken]
else:
    Form = forms.ModelForm


class TokenForm(Form):
    """``opens`` is what the token is good for: its ``scopes``."""

    opens = forms.MultipleChoiceField(
        label=gettext_lazy("Opens"),
        choices=[(scope, _DOORS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one; a token that opens nothing is none.")},
    )

    class Meta:
        model = ApiToken
        fields = ("name", "user", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opens"] = self.instance.scopes if self.instance.pk else default_scopes()

    def clean_opens(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["opens"]
        self.instance.scopes = chosen
        return chosen


def _revoke(token: ApiToken, now: datetime) -> Done:
    if not token.enabled:
        raise OperationRefused(_("%(token)s is revoked already.") % {"token": token})
    token.revoke()
    return Done(_("%(token)s opens no door any more.") % {"token": token})


@admin.register(ApiToken)
class ApiTokenAdmin(OperationsAdmin):
    """Who is no superuser sees, makes and revokes tokens of their own only: a token acts as its user."""

    form = TokenForm
    list_display = (
        "name",
        "user",
        "prefix",
        "shown_scopes",
        "shown_state",
        "created_at",
        "expires_at",
        "last_used_at",
    )
    search_fields = ("name", "prefix")
    raw_id_fields = ("user",)
    operations = (
        Operation(
            name="revoke",
            label=gettext_lazy("revoke"),
            permission="smallweb_core.change_apitoken",
            do=_revoke,
            is_offered=lambda token: bool(token.enabled),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        tokens = super().get_queryset(request).select_related("user")
        return tokens if _is_superuser(request) else tokens.filter(user=request.user.pk)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None:
            opens = "opens" if self.has_change_permission(request, obj) else "shown_scopes"
            return ("name", opens, "expires_at", *_SHOWN)
        return ("name", *(("user",) if _is_superuser(request) else ()), "opens", "expires_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("shown_scopes", *_SHOWN)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ModelForm[Any], change: bool) -> None:
        if not change:
            if not _is_superuser(request):
                vars(obj)["user_id"] = request.user.pk
            vars(obj)["text"] = new_text()
            take_text(obj, vars(obj)["text"])
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token, in this response and nowhere else: a redirect would have to keep it somewhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Your new token"),
            "opts": self.opts,
            "token": obj,
            "text": vars(obj)["text"],
            "list_url": reverse("admin:smallweb_core_apitoken_changelist"),
        }
        return TemplateResponse(request, _TEMPLATE, context, headers={"Cache-Control": "no-store"})

    @admin.display(description=gettext_lazy("opens"))
    def shown_scopes(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, token: ApiToken) -> str:
        return str(token.state(timezone.now()))


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
