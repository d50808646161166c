"""What a request brings: query, form, files and JSON, before anybody says what they should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils.datastructures import MultiValueDict

from ..core.http.answers import has_json
from ..core.http.refusal import Refusal

CSRF_FIELD = "csrfmiddlewaretoken"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, UnicodeDecodeError, LookupError)


@dataclass(frozen=True, kw_only=True)
class Given:
    """``json``: the body as it came where its content type is JSON's, else None. ``form`` is without Django's
    CSRF token, which is for the guard alone.
    """

    query: MultiValueDict[str, str] = field(default_factory=MultiValueDict)
    form: MultiValueDict[str, str] = field(default_factory=MultiValueDict)
    files: MultiValueDict[str, UploadedFile[Any]] = field(default_factory=MultiValueDict)
    json: bytes | None = None


NOTHING = Given()


def has_form(request: HttpRequest) -> bool:
    return request.content_type in _FORMS


def read_given(request: HttpRequest) -> Given:
    """Read query and body. Raises Refusal 400, 413."""
    try:
        query: MultiValueDict[str, str] = request.GET
        if request.method in ("GET", "HEAD"):
            return Given(query=query) if query else NOTHING
        if has_json(request):
            return Given(query=query, json=request.body)
        if has_form(request):
            return Given(query=query, form=_without_token(_form(request)), files=request.FILES)
    except (RequestDataTooBig, UnreadablePostError, RawPostDataException) as error:
        raise Refusal(413, "too_large", f"The body cannot be read: {error}") from error
    except _UNREADABLE as error:
        raise Refusal(400, "bad_body", f"The body cannot be read: {error}") from error
    return Given(query=query)


def _form(request: HttpRequest) -> QueryDict:
    """Django reads the forms of POST alone."""
    if request.method == "POST":
        return request.POST
    if request.content_type == _FORMS[1]:
        text = f"{request.method} takes no multipart form; send JSON, or a POST."
        raise Refusal(415, "unsupported_media_type", text)
    return QueryDict(request.body, encoding=request.encoding or "utf-8")


def _without_token(form: QueryDict) -> QueryDict:
    if CSRF_FIELD not in form:
        return form
    form = form.copy()
    del form[CSRF_FIELD]
    return form
