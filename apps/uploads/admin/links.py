"""Links between the pages of uploads."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY

_APP = "smallweb_uploads"


def list_url(model: str, **query: object) -> str:
    return f"{reverse(f'admin:{_APP}_{model}_changelist')}?{urlencode(query)}"


def links_cell(request: HttpRequest, *, files: str, uploads: str) -> SafeString:
    """Return links to files and uploads, of those that the person may see."""
    shown = [
        (url, text)
        for model, url, text in (("storedfile", files, _("stored files")), ("upload", uploads, _("uploads")))
        if request.user.has_perm(f"{_APP}.view_{model}")
    ]
    return format_html_join(", ", '<a href="{}">{}</a>', shown) or SafeString(EMPTY)


def address_of(view: str, *args: object) -> str:
    """Return the path of a view of uploads; empty where no URL leads to it."""
    try:
        return reverse(f"{_APP}:{view}", args=args)
    except NoReverseMatch:
        return ""


def address_cell(url: str) -> SafeString:
    if not url:
        return SafeString(EMPTY)
    return format_html('<a href="{}"><code class="smallweb-long">{}</code></a>', url, url)
