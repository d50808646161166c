"""What a page may show of a stored file: a picture that was made anew, the beginning of a text."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, block
from ..exceptions import NothingHere
from ..models import StoredFile
from ..services.blobs import get_root
from ..services.safe_types import JSON, TEXT, safe_type

TEXT_BYTES = 4096


def preview_cell(file: StoredFile) -> SafeString:
    """Return the small picture; the extension where there is none."""
    if not file.preview_key:
        _name, dot, extension = file.filename.rpartition(".")
        return format_html('<span class="smallweb-no-preview">{}</span>', extension[:6] if dot else EMPTY)
    url = reverse("admin:smallweb_uploads_storedfile_preview", args=[file.pk])
    return format_html('<img class="smallweb-preview" src="{}" alt="" loading="lazy">', url)


def content_cell(file: StoredFile) -> SafeString:
    """Return the preview, or how a text begins."""
    if file.preview_key:
        return preview_cell(file)
    if safe_type(file.content_type) not in (TEXT, JSON):
        return SafeString(EMPTY)
    try:
        with get_root(file.root).open(file.key) as opened:
            head = opened.read(TEXT_BYTES + 1)
    except NothingHere as error:
        return format_html('<span class="smallweb-state smallweb-failed">{}</span>', str(error))
    text = head[:TEXT_BYTES].decode("utf-8", "replace")
    note = _("Its first %(count)d bytes.") % {"count": TEXT_BYTES} if len(head) > TEXT_BYTES else ""
    return format_html('{}<div class="smallweb-doc">{}</div>', block(text), note)
