"""Stored files in the templates of the admin."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from ..models import StoredFile

register = template.Library()


@register.filter
def preview(file: StoredFile) -> SafeString:
    from ..admin.shown_content import preview_cell

    return preview_cell(file)


@register.filter
def size(size_bytes: int) -> str:
    from ..admin.sizes import size_text

    return size_text(size_bytes)
