"""Values of headers."""

from __future__ import annotations

import pytest
from django.http.request import HttpHeaders

from smallweb.uploads.exceptions import BadHeader
from smallweb.uploads.protocols.fields import boolean, bytes_of, media_type, number, refuses_content, wanted

pytestmark = pytest.mark.once


def test_numbers_are_whole_and_not_negative() -> None:
    assert number({"A": "0"}, "A") == 0
    assert number({"A": " 999999999999999 "}, "A") == 999_999_999_999_999
    assert number({}, "A") is None
    for bad in ("", "-1", "+1", "1.0", "1e3", "0x1", "1 2", "1,1", "٣", "1" * 16, "\t1"):
        with pytest.raises(BadHeader, match="A is"):
            number({"A": bad}, "A")


def test_booleans_are_those_of_structured_fields() -> None:
    assert (boolean({"A": "?1"}, "A"), boolean({"A": "?0"}, "A"), boolean({}, "A")) == (True, False, None)
    for bad in ("", "1", "?2", "?1;a=b", "true", "?1,?1"):
        with pytest.raises(BadHeader):
            boolean({"A": bad}, "A")


def test_a_header_that_must_be_there_is_missed() -> None:
    assert wanted("A", 0) == 0
    with pytest.raises(BadHeader, match="A is missing"):
        wanted("A", None)


def test_base64_is_read_strictly() -> None:
    assert bytes_of("A", "YWJj") == b"abc"
    for bad in ("YWJ", "YW Jj", "YW-_", "ä", "YWJj\n"):
        with pytest.raises(BadHeader):
            bytes_of("A", bad)


def test_types_and_bodies_are_told_by_headers() -> None:
    assert media_type({"Content-Type": "Text/PLAIN; charset=utf-8"}) == "text/plain"
    assert media_type({}) == ""
    assert refuses_content({})
    assert refuses_content({"Content-Length": "0"})
    assert not refuses_content({"Content-Length": "1"})
    assert not refuses_content(HttpHeaders({"HTTP_TRANSFER_ENCODING": "chunked"}))
