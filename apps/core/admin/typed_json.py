"""JSON that a person types into a form."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _


def read_json(text: str) -> Any:
    """Return what the text says. Raises ValidationError, which says where it goes wrong."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno, "fault": error.msg}
        raise forms.ValidationError(
            _("This is no JSON: line %(line)d, column %(column)d: %(fault)s.") % where
        ) from error
    except RecursionError as error:
        raise forms.ValidationError(_("This is nested too deep.")) from error


def _refuse_constant(name: str) -> Any:
    raise forms.ValidationError(_("%(name)s is no JSON.") % {"name": name})
