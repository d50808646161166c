"""The IETF's draft of resumable uploads over a real server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import httpx
import pytest

from tests.uploads.resumable.client import line
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

DATA = os.urandom(300_000)
PARTIAL = "application/partial-upload"
PROBLEMS = "https://iana.org/assignments/http-problem-types#"


@pytest.fixture
def http(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=60) as client:
        yield client


def begin(http: httpx.Client, *, to: str = "/uploads/drop", **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = http.post(to, headers={"Upload-Complete": "?0", **named})
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def append(
    http: httpx.Client, location: str, offset: int, content: bytes, *, is_last: bool, **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"Upload-Offset": str(offset), "Upload-Complete": "?1" if is_last else "?0"}
    return http.patch(location, headers={"Content-Type": PARTIAL, **told, **named}, content=content)


def test_all_may_come_at_once(http: httpx.Client) -> None:
    name = {"Content-Disposition": "inline; filename*=UTF-8''%C3%A4.txt", "Content-Type": "text/plain"}
    answer = http.post("/uploads/drop", headers={"Upload-Complete": "?1", **name}, content=b"hello")
    assert answer.status_code == 200
    assert (answer.json()["names"], answer.json()["sizes"]) == (["ä.txt"], [5])
    assert answer.headers["Upload-Complete"] == "?1"
    in_chunks = http.post("/uploads/drop", headers={"Upload-Complete": "?1"}, content=iter([b"he", b"llo"]))
    assert in_chunks.json()["sizes"] == [5], "without Content-Length"


@pytest.mark.parametrize("version", ["5", "6", "7", "8", None])
def test_pieces_make_an_upload(http: httpx.Client, version: str | None) -> None:
    named = {} if version is None else {"Upload_Draft_Interop_Version": version}
    location = begin(http, **named)
    first = append(http, location, 0, DATA[:1000], is_last=False, **named)
    assert (first.status_code, first.headers["Upload-Complete"]) == (204, "?0")
    assert first.headers["Upload-Offset"] == "1000"
    seen = http.head(location)
    assert (seen.status_code, seen.headers["Upload-Offset"]) == (204, "1000")
    assert (seen.headers["Upload-Complete"], seen.headers["Cache-Control"]) == ("?0", "no-store")
    assert seen.headers["Upload-Limit"].startswith("max-size=104857600, max-age=86")
    assert "Upload-Length" not in seen.headers
    last = append(http, location, 1000, DATA[1000:], is_last=True, **named)
    assert last.status_code == 200
    assert last.json()["sha256"] == [hashlib.sha256(DATA).hexdigest()]
    assert last.headers["Upload-Complete"] == "?1"
    seen = http.head(location)
    assert (seen.headers["Upload-Complete"], seen.headers["Upload-Length"]) == ("?1", str(len(DATA)))
    again = append(http, location, len(DATA), b"", is_last=True, **named)
    assert again.status_code == 410


def test_an_upload_is_whole_when_the_client_says_so(http: httpx.Client) -> None:
    location = begin(http, Upload_Length="3")
    assert append(http, location, 0, b"abc", is_last=False).headers["Upload-Complete"] == "?0"
    assert http.head(location).headers["Upload-Complete"] == "?0"
    assert append(http, location, 3, b"", is_last=True).json()["sizes"] == [3]


def test_lengths_must_agree(http: httpx.Client) -> None:
    told = {"Upload-Complete": "?1", "Upload-Length": "4"}
    wrong = http.post("/uploads/drop", headers=told, content=b"abc")
    assert wrong.status_code == 400
    location = begin(http, Upload_Length="5")
    short = append(http, location, 0, b"abc", is_last=True)
    assert (short.status_code, short.json()["type"]) == (400, f"{PROBLEMS}inconsistent-upload-length")
    assert short.headers["Content-Type"] == "application/problem+json"
    assert append(http, location, 0, b"abcdef", is_last=False).status_code == 413
    assert append(http, location, 0, b"abc", is_last=False, Upload_Length="6").status_code == 400
    assert append(http, location, 0, b"abcde", is_last=True).status_code == 200


def test_the_wrong_offset_is_told_as_a_problem(http: httpx.Client) -> None:
    location = begin(http)
    append(http, location, 0, b"abc", is_last=False)
    wrong = append(http, location, 2, b"x", is_last=False)
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "3")
    told = wrong.json()
    assert told["type"] == f"{PROBLEMS}mismatching-upload-offset"
    assert (told["expected-offset"], told["provided-offset"]) == (3, 2)


def test_headers_are_read_strictly(http: httpx.Client) -> None:
    for bad in ("1", "?2", "true", "?1;a", "", "?1, ?0"):
        answer = http.post("/uploads/drop", headers={"Upload-Complete": bad}, content=b"abc")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_header"), bad
    for version in ("3", "9", "x", ""):
        told = {"Upload-Complete": "?1", "Upload-Draft-Interop-Version": version}
        assert http.post("/uploads/drop", headers=told, content=b"abc").status_code == 400, version
    only_version = {"Upload-Draft-Interop-Version": "6"}
    assert http.post("/uploads/drop", headers=only_version, content=b"abc").status_code == 400
    location = begin(http)
    for offset in ("-1", "1.0", "x"):
        assert append(http, location, 0, b"a", is_last=False, Upload_Offset=offset).status_code == 400
    plain = append(http, location, 0, b"a", is_last=False, Content_Type="text/plain")
    assert (plain.status_code, plain.headers["Accept-Patch"]) == (415, PARTIAL)
    old = {"Upload_Draft_Interop_Version": "5", "Content_Type": "text/plain"}
    assert append(http, location, 0, b"a", is_last=False, **old).status_code == 204, "-03 has no type"


def test_limits_hold_and_are_told(http: httpx.Client) -> None:
    assert http.options("/uploads/small-drop").headers["Upload-Limit"] == "max-size=1000"
    whole = http.post("/uploads/small-drop", headers={"Upload-Complete": "?1"}, content=b"x" * 1001)
    assert whole.status_code == 413
    location = begin(http, to="/uploads/small-drop")
    assert append(http, location, 0, b"x" * 1001, is_last=False).status_code == 413
    assert http.head(location).headers["Upload-Offset"] == "0"


def test_what_is_refused_in_the_end_is_the_answer(http: httpx.Client) -> None:
    answer = http.post("/uploads/refuses", headers={"Upload-Complete": "?1"}, content=b"abc")
    assert (answer.status_code, answer.json()["error"]) == (422, "cold")
    assert answer.headers["Upload-Complete"] == "?1", "to go on would not help"


def test_an_upload_is_cancelled(http: httpx.Client, site: Site) -> None:
    location = begin(http)
    assert http.delete(location).status_code == 204
    assert not site.received(location).exists()
    assert http.head(location).status_code == 410


def test_a_cut_is_no_end(http: httpx.Client, site: Site) -> None:
    location = begin(http)
    head = {"Content-Type": PARTIAL, "Upload-Offset": "0", "Upload-Complete": "?1"}
    with line(site, "PATCH", location, length=10, headers=head) as connection:
        connection.sendall(b"abc")
        wait_for(lambda: http.head(location).headers["Upload-Offset"] == "3", what="the bytes")
    seen = http.head(location)
    assert seen.headers["Upload-Complete"] == "?0"
    assert seen.headers["Upload-Length"] == "10", "the piece was the last"
    assert append(http, location, 3, b"defghij", is_last=True).json()["sizes"] == [10]
