"""Who may begin a tus upload, how much room there is for it, and for how long."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.uploads.resumable.client import TUS, TusClient, metadata
from tests.uploads.resumable.site import Site

pytestmark = pytest.mark.once

DATA = bytes(range(256)) * 1000


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


def test_unfinished_uploads_count_though_nothing_of_them_is_kept(site: Site) -> None:
    ann = TusClient(site, **site.as_user("ann"))
    location = ann.begin(2_000_000)
    refused = ann.create(1_100_000)
    assert (refused.status_code, refused.json()["error"]) == (413, "quota_exceeded")
    assert ann.delete(location).status_code == 204
    assert ann.delete(ann.begin(1_100_000)).status_code == 204
    ann.http.close()


def test_parts_and_the_joined_file_need_room_once(tus: TusClient) -> None:
    parts = [tus.begin(2_500_000, to="/uploads/joins", Upload_Concat="partial") for _ in range(2)]
    for part in parts:
        assert tus.patch(part, 0, b"x" * 2_500_000).status_code == 204
    final = tus.create(to="/uploads/joins", Upload_Concat=f"final;{' '.join(parts)}")
    assert final.status_code == 201, final.text
    assert tus.status(final.headers["Location"])["data"]["sizes"] == [5_000_000]
    assert tus.site.taken_by("barn") == (0, 5_000_000)


def test_parts_are_joined_once_however_many_ask(site: Site, tus: TusClient) -> None:
    part = tus.begin(3_000_000, Upload_Concat="partial")
    tus.patch(part, 0, b"x" * 3_000_000)

    def join(_: int) -> int:
        client = TusClient(site)
        with client.http:
            return client.create(Upload_Concat=f"final;{part}").status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(join, range(6)))
    assert codes[0] == 201
    assert set(codes[1:]) <= {400, 410, 423}
    assert tus.site.upload(part)["reserved_bytes"] == 0


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
