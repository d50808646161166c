"""Rows of code that people switch and give rules: code says what there is, people say what holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Media, ModelForm
from django.forms.widgets import Script
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .operations import Done, Operation, OperationRefused
from .registered import RegisteredAdmin


def switch_operations(change_permission: str, *, tell: Callable[[], None]) -> list[Operation]:
    """Return the ways to switch a row on and off, and to give up its edits; ``tell`` hears of each change."""
    return [
        Operation(
            name="switch_on",
            label=gettext_lazy("switch on"),
            permission=change_permission,
            do=lambda row, now: _switch(row, tell, on=True),
            is_offered=lambda row: not row.enabled,
        ),
        Operation(
            name="switch_off",
            label=gettext_lazy("switch off"),
            permission=change_permission,
            do=lambda row, now: _switch(row, tell, on=False),
            is_offered=lambda row: row.enabled,
        ),
        Operation(
            name="reset",
            label=gettext_lazy("reset to code"),
            permission=change_permission,
            do=lambda row, now: _reset(row, tell),
            is_offered=lambda row: row.in_code and bool(row.edited_fields()),
        ),
    ]


class SwitchedAdmin(RegisteredAdmin):
    """Nobody adds a row by hand: a name that is not in code leads nowhere."""

    @property
    def media(self) -> Media:
        copy = Script("smallweb_core/admin_copy.js", type="module")
        return super().media + Media(js=[copy])  # type: ignore[list-item]  # the stubs know of texts only

    def tell_changed(self) -> None:
        """Have a change of the rows hold, and shown."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.tell_changed()


def _switch(row: Any, tell: Callable[[], None], *, on: bool) -> Done:
    row.enabled = on
    row.save(update_fields=["enabled"])
    tell()
    text = _("%(name)s is switched on.") if on else _("%(name)s is switched off: nobody reaches it.")
    return Done(text % {"name": row.name})


def _reset(row: Any, tell: Callable[[], None]) -> Done:
    if not row.in_code:
        raise OperationRefused(_("%(name)s has no code to go back to.") % {"name": row.name})
    changed = row.reset_to_code()
    row.save(update_fields=changed)
    tell()
    fields = ", ".join(changed) or _("nothing was edited")
    return Done(_("%(name)s is as in the code again: %(fields)s.") % {"name": row.name, "fields": fields})
