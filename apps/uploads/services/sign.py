"""Signed links: whoever has one may fetch the file until its time is over."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from ..conf import uploads_settings
from ..exceptions import BadLink, CannotUpload, LinkExpired

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ..models import StoredFile

_SALT = "smallweb.uploads.link"
_MAX_DIGITS = 12


def signed_url(file: StoredFile, *, seconds: float | None = None, request: HttpRequest | None = None) -> str:
    """Return an address of the file that opens it for anyone, for so long (LINK_SECONDS without).

    It is a path of this site, or with the ``request`` the whole address. The file that a path in a folder
    has now is meant: the link does not open one that replaces it. Raises CannotUpload for a time that is no
    number over 0.
    """
    wanted = uploads_settings().link_seconds if seconds is None else seconds
    if not 0 < wanted < 10**_MAX_DIGITS / 100:
        raise CannotUpload(f"A link for {seconds!r} seconds was asked for; give a number over 0.")
    until = math.ceil(timezone.now().timestamp() + wanted)
    query = urlencode({"until": until, "signature": _signer().signature(_signed(file.uuid, str(until)))})
    url = f"{reverse('smallweb_uploads:file', args=[file.uuid])}?{query}"
    return url if request is None else request.build_absolute_uri(url)


def require_link(uuid: UUID, *, until: str, signature: str, now: datetime) -> None:
    """Return if the link opens the file now. Raises BadLink, LinkExpired; neither asks for the file."""
    signer = _signer()
    try:
        signer.unsign(f"{_signed(uuid, until)}{signer.sep}{signature}")
    except BadSignature as error:
        raise BadLink("This link was changed or is not from here; ask for a new one.") from error
    if int(until) <= now.timestamp():
        raise LinkExpired("The time of this link is over; ask for a new one.")


def _signer() -> Signer:
    return Signer(salt=_SALT)


def _signed(uuid: UUID, until: str) -> str:
    return f"{uuid.hex}.{until}"
