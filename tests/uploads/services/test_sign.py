"""Signed links open one file, for a while."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import RequestFactory
from freezegun import freeze_time
from pytest_django import Settings

from smallweb.uploads import signed_url
from smallweb.uploads.exceptions import BadLink, CannotUpload, LinkExpired
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.sign import require_link

pytestmark = pytest.mark.once

FILE = StoredFile(uuid=uuid.UUID(int=7), path="a.txt")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def parts_of(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def link(**options: Any) -> dict[str, str]:
    with freeze_time(NOON):
        return parts_of(signed_url(FILE, **options))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON.timestamp() + seconds, UTC)


def test_a_link_opens_its_file_until_its_time_is_over() -> None:
    given = link(seconds=60)
    require_link(FILE.uuid, **given, now=at(59.9))
    with pytest.raises(LinkExpired, match="time of this link is over"):
        require_link(FILE.uuid, **given, now=at(60))


def test_without_a_time_the_setting_counts(settings: Settings) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "LINK_SECONDS": 5}
    assert link()["until"] == str(int(NOON.timestamp()) + 5)


def test_a_link_that_was_changed_in_any_way_opens_nothing() -> None:
    given = link(seconds=60)
    until, signature = given["until"], given["signature"]
    wrong = [
        (FILE.uuid, str(int(until) + 1), signature),
        (FILE.uuid, "", signature),
        (FILE.uuid, "never", signature),
        (FILE.uuid, f"{until}.0", signature),
        (FILE.uuid, f" {until}", signature),
        (FILE.uuid, until, signature[:-1]),
        (FILE.uuid, until, signature.swapcase()),
        (FILE.uuid, until, ""),
        (FILE.uuid, until, f":{signature}"),
        (FILE.uuid, until, "ä\0"),
        (uuid.UUID(int=8), until, signature),
    ]
    for one, time, text in wrong:
        with pytest.raises(BadLink):
            require_link(one, until=time, signature=text, now=at(0))


def test_a_link_of_another_key_opens_nothing_but_one_of_a_key_that_was_rotated_does(
    settings: Settings,
) -> None:
    given = link(seconds=60)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    with pytest.raises(BadLink):
        require_link(FILE.uuid, **given, now=at(0))
    settings.SECRET_KEY_FALLBACKS = [before]
    require_link(FILE.uuid, **given, now=at(0))


def test_a_link_for_no_time_is_refused() -> None:
    for seconds in (0, -1, 1e12, float("nan"), float("inf")):
        with pytest.raises(CannotUpload, match="number over 0"):
            signed_url(FILE, seconds=seconds)


def test_with_a_request_the_link_is_a_whole_address() -> None:
    url = signed_url(FILE, request=RequestFactory().get("/", headers={"Host": "example.org"}))
    assert url.startswith(f"http://example.org/uploads/files/{FILE.uuid}?until=")
