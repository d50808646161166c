"""tus 1.0.0 over a real server."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.uploads.resumable.client import PATCH, TUS, TusClient, metadata
from tests.uploads.resumable.site import Site

pytestmark = pytest.mark.once

DATA = bytes(range(256)) * 1000


@pytest.fixture
def tus(site: Site) -> Iterator[TusClient]:
    client = TusClient(site)
    yield client
    client.http.close()


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def test_options_tell_what_is_spoken(tus: TusClient) -> None:
    for target in ("/uploads/small-drop", tus.begin(10)):
        told = tus.http.options(target)
        assert told.status_code == 204
        assert (told.headers["Tus-Version"], told.headers["Tus-Resumable"]) == ("1.0.0", "1.0.0")
        assert set(told.headers["Tus-Extension"].split(",")) == {
            "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum",
            "termination", "concatenation",
        }  # fmt: skip
        assert told.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
        assert told.headers["Accept-Patch"] == "application/partial-upload"
    assert tus.http.options("/uploads/small-drop").headers["Tus-Max-Size"] == "1000"


def test_an_upload_comes_in_pieces_and_the_handler_gets_it_whole(tus: TusClient) -> None:
    told = metadata(filename="ä b.bin", filetype="application/octet-stream", colour="red", blank="")
    answer = tus.create(len(DATA), Upload_Metadata=told)
    assert answer.status_code == 201
    assert "GMT" in answer.headers["Upload-Expires"]
    location = answer.headers["Location"]
    assert tus.status(location) == {
        "offset": 0, "length": len(DATA), "data": None, "error": None, "status": "inProgress", "state": "",
    }  # fmt: skip
    first = tus.patch(location, 0, DATA[:1000])
    assert (first.status_code, first.headers["Upload-Offset"], first.content) == (204, "1000", b"")
    seen = tus.head(location)
    assert (seen.status_code, seen.headers["Upload-Offset"]) == (200, "1000")
    assert seen.headers["Upload-Length"] == str(len(DATA))
    assert seen.headers["Upload-Metadata"] == told
    assert seen.headers["Cache-Control"] == "no-store"
    last = tus.patch(location, 1000, DATA[1000:])
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert "Upload-Expires" not in last.headers
    said = tus.status(location)
    assert said["status"] == "SUCCESS"
    assert said["data"] == {
        "names": ["ä b.bin"], "sizes": [len(DATA)], "same": True, "text": {"colour": "red", "blank": ""},
        "sha256": [hashlib.sha256(DATA).hexdigest()],
    }  # fmt: skip
    assert tus.offset(location) == len(DATA), "a client that did not hear of it asks"
    assert not tus.site.received(location).exists()


def test_the_reply_comes_with_the_last_piece_where_it_is_wanted(tus: TusClient) -> None:
    prefer = {"Prefer": "return=representation"}
    last = tus.patch(tus.begin(3), 0, b"abc", **prefer)
    assert (last.status_code, last.headers["Preference-Applied"]) == (200, "return=representation")
    assert (last.headers["Content-Type"], last.headers["Upload-Offset"]) == ("application/json", "3")
    assert last.json()["sizes"] == [3]
    at_once = tus.create(3, content=b"abc", Content_Type=PATCH["Content-Type"], **prefer)
    assert (at_once.status_code, at_once.json()["sizes"]) == (201, [3])


def test_an_upload_may_begin_with_its_bytes(tus: TusClient) -> None:
    kind = PATCH["Content-Type"]
    part = tus.create(5, content=b"abc", Content_Type=kind)
    assert (part.status_code, part.headers["Upload-Offset"]) == (201, "3")
    whole = tus.create(3, content=b"abc", Content_Type=kind)
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, "3")
    assert tus.status(whole.headers["Location"])["status"] == "SUCCESS"
    other = tus.create(3, content=b"abc", Content_Type="text/plain")
    assert (other.status_code, other.json()["error"]) == (415, "unsupported_type")
    more = tus.create(2, content=b"abc", Content_Type=kind)
    assert more.status_code == 413


def test_an_empty_file_is_whole_at_once(tus: TusClient) -> None:
    location = tus.begin(0)
    assert tus.offset(location) == 0
    assert tus.status(location)["data"]["sizes"] == [0]


def test_the_length_may_come_later(tus: TusClient) -> None:
    location = tus.create(Upload_Defer_Length="1").headers["Location"]
    assert tus.head(location).headers["Upload-Defer-Length"] == "1"
    assert tus.patch(location, 0, b"abc").status_code == 204
    wrong = tus.patch(location, 3, b"", Upload_Length="2")
    assert wrong.status_code == 413
    assert tus.patch(location, 3, b"de", Upload_Length="6").status_code == 204
    assert tus.head(location).headers["Upload-Length"] == "6"
    again = tus.patch(location, 5, b"f", Upload_Length="7")
    assert (again.status_code, again.json()["error"]) == (400, "bad_length")
    assert tus.patch(location, 5, b"f").status_code == 204
    assert tus.status(location)["data"]["sizes"] == [6]
    at_its_end = tus.create(Upload_Defer_Length="1").headers["Location"]
    tus.patch(at_its_end, 0, b"abc")
    assert tus.patch(at_its_end, 3, b"", Upload_Length="3").status_code == 204
    assert tus.status(at_its_end)["status"] == "SUCCESS"


def test_bytes_count_when_their_checksum_is_right(tus: TusClient) -> None:
    location = tus.begin(len(DATA))
    for algorithm, at in (("sha1", 0), ("sha256", 100_000)):
        piece = DATA[at : at + 100_000]
        wrong = tus.patch(location, at, piece, Upload_Checksum=checksum(b"other", algorithm))
        assert (wrong.status_code, wrong.json()["error"]) == (460, "checksum_mismatch")
        assert wrong.headers["Upload-Offset"] == str(at)
        assert tus.offset(location) == at
        right = tus.patch(location, at, piece, Upload_Checksum=checksum(piece, algorithm))
        assert right.status_code == 204
    assert tus.patch(location, 200_000, DATA[200_000:]).status_code == 204
    assert tus.status(location)["data"]["same"]
    location = tus.begin(3)
    for bad in ("md5 abc=", "sha1", "sha1 !!!", "sha1 YWJj", "sha1 YWJj YWJj", ""):
        answer = tus.patch(location, 0, b"abc", Upload_Checksum=bad)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_header"), bad
    assert tus.offset(location) == 0


def test_the_wrong_offset_is_refused(tus: TusClient) -> None:
    location = tus.begin(10)
    tus.patch(location, 0, b"abc")
    for wrong in (0, 2, 4, 10, 99):
        answer = tus.patch(location, wrong, b"x")
        assert (answer.status_code, answer.json()["error"]) == (409, "offset_mismatch")
        assert answer.headers["Upload-Offset"] == "3"
    assert tus.site.received(location).read_bytes() == b"abc"


def test_more_than_the_length_is_refused(tus: TusClient) -> None:
    location = tus.begin(5)
    assert tus.patch(location, 0, b"abcdef").status_code == 413
    assert tus.patch(location, 0, iter([b"abc", b"def"])).status_code == 413, "without Content-Length"
    assert tus.offset(location) == 0
    assert tus.patch(location, 0, iter([b"abc", b"de"])).status_code == 204


def test_what_is_too_large_is_refused_before_a_byte(tus: TusClient) -> None:
    answer = tus.create(1001, to="/uploads/small-drop")
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert tus.create(10**14).status_code == 413
    location = tus.create(to="/uploads/small-drop", Upload_Defer_Length="1").headers["Location"]
    assert tus.patch(location, 0, b"x" * 1001).status_code == 413
    assert tus.patch(location, 0, b"", Upload_Length="1001").status_code == 413
    assert tus.patch(location, 0, b"x" * 1000, Upload_Length="1000").status_code == 204


def test_kinds_are_looked_at_before_and_after(tus: TusClient) -> None:
    refused = tus.create(3, to="/uploads/images-only", Upload_Metadata=metadata(filename="a.exe"))
    assert (refused.status_code, refused.json()["error"]) == (415, "type_mismatch")
    location = tus.begin(3, to="/uploads/images-only", Upload_Metadata=metadata(filename="a.png"))
    answer = tus.patch(location, 0, b"abc")
    assert (answer.status_code, answer.json()["error"]) == (415, "type_mismatch")
    assert tus.site.upload(location)["state"] == "FAILED"
    assert tus.head(location).status_code == 410
    assert tus.status(location)["status"] == "FAILURE"
    assert not tus.site.received(location).exists()


def test_what_a_handler_refuses_is_the_answer(tus: TusClient) -> None:
    location = tus.begin(3, to="/uploads/refuses")
    answer = tus.patch(location, 0, b"abc")
    assert (answer.status_code, answer.json()) == (422, {"error": "cold", "message": "The oven is cold."})
    assert tus.status(location)["error"] == "The oven is cold."
    assert tus.patch(location, 3, b"").status_code == 410


def test_an_upload_is_aborted(tus: TusClient) -> None:
    location = tus.begin(10, to="/uploads/keeps")
    tus.patch(location, 0, b"abc")
    assert tus.site.upload(location)["reserved_bytes"] == 10
    assert tus.delete(location).status_code == 204
    assert not tus.site.received(location).exists()
    row = tus.site.upload(location)
    assert (row["state"], row["reserved_bytes"]) == ("CANCELLED", 0)
    for answer in (tus.head(location), tus.patch(location, 3, b"d"), tus.delete(location)):
        assert answer.status_code == 410
    assert tus.status(location)["status"] == "CANCELLED"
    done = tus.begin(0)
    assert tus.delete(done).status_code == 410, "it has come whole"


def test_parts_are_joined(tus: TusClient) -> None:
    parts = []
    for piece in (DATA[:100], DATA[100:200_000], DATA[200_000:]):
        parts.append(tus.begin(len(piece), Upload_Concat="partial"))
        assert tus.head(parts[-1]).headers["Upload-Concat"] == "partial"
        assert tus.patch(parts[-1], 0, piece).status_code == 204
        assert tus.status(parts[-1])["status"] == "inProgress", "the handler is not called for a part"
    urls = [parts[0], f"{tus.site.url}{parts[1]}", f"{parts[2]}?x=y"]
    final = tus.create(Upload_Concat=f"final;{' '.join(urls)}", Upload_Metadata=metadata(filename="j.bin"))
    assert final.status_code == 201, final.text
    location = final.headers["Location"]
    assert tus.status(location)["data"]["sha256"] == [hashlib.sha256(DATA).hexdigest()]
    seen = tus.head(location).headers
    assert seen["Upload-Concat"] == f"final;{' '.join(parts)}"
    assert (seen["Upload-Length"], seen["Upload-Offset"]) == (str(len(DATA)), str(len(DATA)))
    assert not any(tus.site.received(part).exists() for part in parts)
    assert tus.patch(location, len(DATA), b"").status_code in (403, 410)


def test_only_finished_parts_of_the_same_target_are_joined(tus: TusClient) -> None:
    unfinished, whole = tus.begin(3, Upload_Concat="partial"), tus.begin(3)
    elsewhere = tus.begin(1, Upload_Concat="partial", to="/uploads/keeps")
    tus.patch(elsewhere, 0, b"x")
    done = tus.begin(1, Upload_Concat="partial")
    tus.patch(done, 0, b"x")
    missing = "/uploads/resumable/00000000-0000-4000-8000-000000000000"
    for wrong in (unfinished, whole, elsewhere, missing, f"{done} {done}", ""):
        answer = tus.create(Upload_Concat=f"final;{wrong}")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_parts"), wrong
    for bad in ("finally;x", "final;http://x/y", "partial;x", ""):
        assert tus.create(None if bad.startswith("final") else 3, Upload_Concat=bad).status_code == 400, bad
    assert tus.create(3, Upload_Concat=f"final;{done}").status_code == 400, "with a length"
    assert tus.create(Upload_Concat=f"final;{done}").status_code == 201


def _raw(**headers: str) -> httpx.Headers:
    """Return headers that may have more than ASCII."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Headers({**TUS, **named}, encoding="utf-8")


def test_bad_headers_are_refused(tus: TusClient) -> None:
    for length in ("-1", "1.5", "x", "", "٣", "9" * 16, "1,1"):
        assert tus.http.post("/uploads/drop", headers=_raw(Upload_Length=length)).status_code == 400, length
    assert tus.create().status_code == 400, "neither length nor its deferral"
    assert tus.create(3, Upload_Defer_Length="1").status_code == 400
    assert tus.create(Upload_Defer_Length="2").status_code == 400
    bad = (
        "filename !!!",
        "a YQ==,a YQ==",
        ",",
        "ä YQ==",
        f"a {'YWFh' * 3000}",
        "a YQ==,",
        "a /w==",
        "a AA==",
    )
    for given in bad:
        answer = tus.http.post("/uploads/drop", headers=_raw(Upload_Length="3", Upload_Metadata=given))
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_header"), given
    location = tus.begin(3)
    for offset in ("-1", "x", ""):
        assert tus.http.patch(location, headers={**PATCH, "Upload-Offset": offset}).status_code == 400
    assert tus.http.patch(location, headers=PATCH).status_code == 400, "no offset"
    assert tus.http.patch(location, headers={**TUS, "Upload-Offset": "0"}).status_code == 415
    assert tus.http.put(location, headers=TUS).status_code == 405


def test_another_version_is_refused(tus: TusClient) -> None:
    location = tus.begin(3)
    for headers in ({}, {"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": "2.0.0"}):
        answer = tus.http.request("HEAD", location, headers=headers)
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    answer = tus.http.post("/uploads/drop", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "3"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_methods_may_be_overridden(tus: TusClient) -> None:
    location = tus.begin(3)
    headers = {**PATCH, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert tus.http.post(location, headers=headers, content=b"abc").status_code == 204
    location = tus.begin(3)
    assert tus.http.post(location, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert tus.http.post(location, headers=TUS).status_code == 405


def test_an_address_that_is_none_is_not_found(tus: TusClient) -> None:
    for name in ("00000000-0000-4000-8000-000000000000", "x"):
        assert tus.head(f"/uploads/resumable/{name}").status_code == 404


def test_csrf_tokens_never_reach_the_text(tus: TusClient) -> None:
    location = tus.begin(0, Upload_Metadata=metadata(csrfmiddlewaretoken="secret", name="n.txt", a="b"))
    assert tus.status(location)["data"]["text"] == {"a": "b"}
    assert tus.status(location)["data"]["names"] == ["n.txt"]


def test_hostile_names_stay_names(tus: TusClient) -> None:
    for given in ("../../etc/passwd", "/etc/cron.d/x", "..\\..\\x", "a\u202eb.bin", "con", ".htaccess", ""):
        (name,) = tus.status(tus.begin(0, Upload_Metadata=metadata(filename=given)))["data"]["names"]
        assert "/" not in name, given
        assert "\\" not in name, given
        assert name
        assert not name.startswith("."), given


def test_an_expired_upload_is_gone(tus: TusClient) -> None:
    location = tus.begin(3)
    uuid = location.rpartition("/")[2].replace("-", "")
    tus.site.rows("UPDATE smallweb_uploads_upload SET expires_at = '2020-01-01' WHERE uuid = ?", uuid)
    for answer in (tus.head(location), tus.patch(location, 0, b"abc"), tus.delete(location)):
        assert answer.status_code == 410


def test_a_full_folder_is_told_before_a_byte(tus: TusClient) -> None:
    first = tus.begin(4_000_000, to="/uploads/fills")
    refused = tus.create(1_000_001, to="/uploads/fills")
    assert (refused.status_code, refused.json()["error"]) == (413, "quota_exceeded")
    second = tus.begin(1_000_000, to="/uploads/fills")
    assert tus.create(1, to="/uploads/fills").status_code == 413
    assert tus.delete(first).status_code == 204
    assert tus.patch(second, 0, os.urandom(1_000_000)).status_code == 204
    assert tus.site.upload(second)["reserved_bytes"] == 0
    assert tus.create(4_000_001, to="/uploads/fills").status_code == 413, "what is kept counts"
    deferred = tus.create(to="/uploads/fills", Upload_Defer_Length="1").headers["Location"]
    assert tus.patch(deferred, 0, b"x" * 4_000_001).status_code == 413
    assert tus.offset(deferred) < 4_000_001
    at = tus.offset(deferred)
    assert tus.patch(deferred, at, b"x" * (4_000_000 - at), Upload_Length="4000000").status_code == 204
    assert tus.status(deferred)["status"] == "SUCCESS"
    assert tus.site.taken_by("cellar") == (0, 5_000_000)


def test_a_user_has_a_quota_in_all_folders(site: Site) -> None:
    ann = TusClient(site, **site.as_user("ann"))
    location = ann.begin(2_900_000, to="/uploads/keeps")
    assert ann.create(200_000, to="/uploads/keeps").status_code == 413
    assert TusClient(site, **site.as_user("bob")).create(200_000, to="/uploads/keeps").status_code == 201
    assert ann.delete(location).status_code == 204
    assert ann.create(200_000, to="/uploads/keeps").status_code == 201


def test_parts_and_the_joined_file_need_room_once(tus: TusClient) -> None:
    parts = [tus.begin(2_500_000, to="/uploads/joins", Upload_Concat="partial") for _ in range(2)]
    for part in parts:
        assert tus.patch(part, 0, b"x" * 2_500_000).status_code == 204
    final = tus.create(to="/uploads/joins", Upload_Concat=f"final;{' '.join(parts)}")
    assert final.status_code == 201, final.text
    assert tus.status(final.headers["Location"])["data"]["sizes"] == [5_000_000]
    assert tus.site.taken_by("barn") == (0, 5_000_000)


def test_a_folder_takes_uploads_under_its_rules(tus: TusClient) -> None:
    location = tus.begin(3, to="/album/", Upload_Metadata=metadata(filename="a.txt"))
    assert tus.patch(location, 0, b"abc").status_code == 204
    kept = tus.site.rows("SELECT path, size_bytes FROM smallweb_uploads_storedfile WHERE path LIKE 'in/%'")
    assert kept == [("in/a.txt", 3)]
    again = tus.create(3, to="/album/", Upload_Metadata=metadata(filename="a.txt"))
    assert (again.status_code, again.json()["error"]) == (409, "already_there")


class TestOthers:
    """Who may go on with an upload."""

    def test_is_its_user_alone(self, site: Site) -> None:
        ann, bob, nobody = (
            TusClient(site, **site.as_user("ann")),
            TusClient(site, **site.as_user("bob")),
            TusClient(site),
        )
        assert nobody.create(3, to="/uploads/mine").status_code == 401
        location = ann.begin(3, to="/uploads/mine")
        for other in (bob, nobody):
            answers = [
                other.head(location), other.patch(location, 0, b"abc"), other.delete(location),
                other.http.get(location),
            ]  # fmt: skip
            assert [answer.status_code for answer in answers] == [404] * 4
            assert other.create(to="/uploads/drop", Upload_Concat=f"final;{location}").status_code == 400
        assert ann.patch(location, 0, b"abc").status_code == 204

    def test_must_be_a_page_of_ours(self, site: Site) -> None:
        ann = TusClient(site, **site.as_user("ann"))
        location = ann.begin(3, to="/uploads/mine")
        without: dict[str, Any] = {"X-CSRFToken": "x" * 32}
        assert ann.patch(location, 0, b"abc", **without).status_code == 403
        assert ann.http.delete(location, headers={**TUS, **without}).status_code == 403
        foreign: dict[str, Any] = {"Origin": "https://evil.example"}
        for answer in (
            ann.patch(location, 0, b"abc", **foreign),
            ann.http.head(location, headers={**TUS, **foreign}),
            ann.http.delete(location, headers={**TUS, **foreign}),
            ann.create(3, to="/uploads/mine", **foreign),
        ):
            assert answer.status_code == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert ann.offset(location) == 0


def test_pages_of_named_origins_may_upload(tus: TusClient) -> None:
    origin = {"Origin": "https://pages.example"}
    location = tus.begin(3, **origin)
    asked = {**origin, "Access-Control-Request-Method": "PATCH"}
    for target in ("/uploads/drop", location):
        told = tus.http.options(target, headers=asked).headers
        assert told["Access-Control-Allow-Origin"] == "https://pages.example"
        allowed = {name.strip() for name in told["Access-Control-Allow-Headers"].split(",")}
        assert {"Tus-Resumable", "Upload-Offset", "Upload-Metadata", "Content-Type", "Prefer"} <= allowed
        assert "Access-Control-Allow-Credentials" not in told
    assert "PATCH" in tus.http.options(location, headers=asked).headers["Access-Control-Allow-Methods"]
    answer = tus.patch(location, 0, b"abc", **origin)
    assert answer.status_code == 204
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"Location", "Upload-Offset", "Tus-Resumable", "Upload-Expires"} <= exposed
    evil = tus.http.options(location, headers={**asked, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in evil.headers
