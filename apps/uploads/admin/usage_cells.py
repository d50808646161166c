"""How much of a quota is taken."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..services.describe_usage import Usage
from .sizes import size_text

_BAR = (
    '<span class="smallweb-progress"><progress max="1" value="{}" aria-label="{}"></progress> {}</span>'
    '<div class="smallweb-doc">{}</div>'
)


def usage_cell(usage: Usage, *, most_bytes: int | None) -> SafeString:
    """Return a bar where there is a limit, and what is kept and promised."""
    taken = size_text(usage.taken_bytes)
    if not most_bytes:
        return format_html('<div>{}</div><div class="smallweb-doc">{}</div>', taken, _details(usage))
    words = _("%(taken)s of %(most)s") % {"taken": taken, "most": size_text(most_bytes)}
    share = min(usage.taken_bytes / most_bytes, 1.0)
    return format_html(_BAR, f"{share:.4g}", _("taken"), words, _details(usage))


def _details(usage: Usage) -> str:
    files = ngettext("%(count)d file", "%(count)d files", usage.files) % {"count": usage.files}
    if not usage.promised_bytes:
        return files
    return _("%(files)s, %(size)s promised") % {"files": files, "size": size_text(usage.promised_bytes)}
