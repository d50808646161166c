"""What a request brought, as the log of requests shows it: without secrets, bounded, of files no content."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from ...core.shown_arguments import CUT, shown_arguments
from ..given import CSRF_FIELD, has_form

MAX_BYTES = 16 * 2**10


class Sent(NamedTuple):
    """``form`` and ``body`` are None where nobody has read them, ``is_large``: there was too much to keep."""

    query: str
    form: MultiValueDict[str, str] | None
    files: tuple[tuple[str, str, int], ...]
    body: bytes | None
    is_form: bool
    is_large: bool


def sent_by(request: HttpRequest) -> Sent:
    """Take of a request what has been read already, and wait for nothing."""
    known = vars(request)
    form, body, query = known.get("_post"), known.get("_body"), request.META.get("QUERY_STRING", "")
    files = _files(known.get("_files"))
    size = len(query) + len(body or b"") + (_size(form) if form is not None else 0)
    if size > MAX_BYTES:
        return Sent("", None, files, None, is_form=False, is_large=True)
    return Sent(query, form, files, body, is_form=has_form(request), is_large=False)


def arguments_of(sent: Sent) -> dict[str, Any] | None:
    """Return it as JSON by names; None for nothing."""
    try:
        found = {CUT: f"more than {MAX_BYTES} bytes"} if sent.is_large else _named(sent)
        files = {name: f"{file_name} ({size} bytes)" for name, file_name, size in sent.files}
        return shown_arguments(found | files) or None
    except RecursionError:
        return {CUT: "nested too deep"}
    except (msgspec.DecodeError, ValueError, SuspiciousOperation):
        return None


def _named(sent: Sent) -> dict[str, Any]:
    found = _texts(QueryDict(sent.query))
    if sent.form is not None:
        return found | _texts(sent.form)
    if not sent.body:
        return found
    if sent.is_form:
        return found | _texts(QueryDict(sent.body))
    given = msgspec.json.decode(sent.body)
    return found | (given if isinstance(given, dict) else {"data": given})


def _texts(source: MultiValueDict[str, str]) -> dict[str, Any]:
    return {
        name: texts[0] if len(texts) == 1 else texts for name, texts in source.lists() if name != CSRF_FIELD
    }


def _size(form: MultiValueDict[str, str]) -> int:
    return sum(len(name) + sum(map(len, texts)) for name, texts in form.lists())


def _files(files: Any) -> tuple[tuple[str, str, int], ...]:
    if not files:
        return ()
    return tuple((name, str(file.name), file.size or 0) for name, some in files.lists() for file in some)
