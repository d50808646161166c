"""What an ASGI application answers comes to the browser as it is."""

from __future__ import annotations

import hashlib
import os

import httpx
import pytest

from smallweb.sessions.program.wire import MAX_FRAME_BYTES
from tests.waiting import wait_for

from .desk import PIECE
from .site import Site

pytestmark = pytest.mark.once


def test_a_visitor_has_a_process_and_another_has_another(site: Site) -> None:
    with site.visitor() as one, site.visitor() as other:
        pids = {one.get("/apps/desk/").json()["pid"] for _ in range(3)}
        assert len(pids) == 1
        assert other.get("/apps/desk/").json()["pid"] not in pids


def test_the_lifespan_runs_in_the_process_of_the_session(site: Site) -> None:
    with site.visitor() as one:
        shown = one.get("/apps/desk/").json()
    assert shown["began_in"] == shown["pid"]


def test_an_application_knows_where_it_is_mounted(site: Site) -> None:
    with site.visitor() as one:
        shown = one.get("/apps/desk/?a=1&b=").json()
    assert shown["root_path"] == "/apps/desk"
    assert shown["path"] == "/apps/desk/"
    assert shown["query"] == {"a": "1", "b": ""}
    assert shown["here"] == f"{site.url}/apps/desk/"


def test_a_query_string_makes_no_other_instance(site: Site) -> None:
    with site.visitor() as one:
        assert one.get("/apps/desk/?a=1").json()["pid"] == one.get("/apps/desk/?a=2").json()["pid"]


def test_an_address_without_its_slash_leads_to_the_app(site: Site) -> None:
    with site.visitor() as one:
        assert one.get("/apps/desk").headers["location"] == "/apps/desk/"


def test_a_path_comes_as_the_browser_wrote_it(site: Site) -> None:
    with site.visitor() as one:
        shown = one.get("/apps/desk/raw/a%20b%2Fc/%C3%A4%25").json()
    assert shown == {"name": "a b/c/ä%", "raw_path": "/apps/desk/raw/a%20b%2Fc/%C3%A4%25"}


def test_who_is_logged_in_is_the_scope_s_user(site: Site) -> None:
    with site.visitor("ann") as ann, site.visitor() as nobody:
        shown = ann.get("/apps/desk/").json()
        assert (shown["user"], shown["email"], shown["is_authenticated"]) == ("ann", "ann@example.com", True)
        shown = nobody.get("/apps/desk/").json()
        assert (shown["user"], shown["is_authenticated"]) == ("", False)


def test_an_app_for_users_turns_others_away(site: Site) -> None:
    with site.visitor("ann") as ann, site.visitor() as nobody:
        assert ann.get("/apps/closed/").status_code == 200
        assert nobody.get("/apps/closed/").status_code == 401


def test_the_cookies_of_the_site_stay_with_the_site(site: Site) -> None:
    with site.visitor("ann") as ann:
        ann.cookies.update({"csrftoken": "c" * 32, "own": "1"})
        assert ann.get("/apps/desk/").json()["cookies"] == {"own": "1"}
        answer = ann.get("/apps/desk/cookies")
    cookies = answer.headers.get_list("set-cookie")
    assert not [cookie for cookie in cookies if "stolen" in cookie]
    assert 'json={"x":1}; Path=/; Partitioned; Secure' in cookies
    assert [cookie for cookie in cookies if cookie.startswith("twice=")] == [
        "twice=1; Path=/one",
        "twice=2; Path=/two",
    ]
    (first,) = [cookie for cookie in cookies if cookie.startswith("a=1")]
    assert "HttpOnly" in first and "Path=/apps/desk" in first and "Max-Age=60" in first
    assert answer.headers["link"] == "</a>; rel=next, </b>; rel=prev"


def test_a_redirect_stays_in_the_app(site: Site) -> None:
    with site.visitor() as one:
        answer = one.get("/apps/desk/away")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{site.url}/apps/desk/")


def test_an_answer_without_a_body_has_none(site: Site) -> None:
    with site.visitor() as one:
        answer = one.get("/apps/desk/empty")
        assert (answer.status_code, answer.content) == (204, b"")
        answer = one.head("/apps/desk/")
        assert answer.status_code == 405  # as FastAPI says


def test_changes_of_the_session_are_kept_and_shared(site: Site) -> None:
    with site.visitor() as one:
        assert [one.get("/apps/desk/count").json() for _ in range(3)] == [1, 2, 3]
        assert one.get("/hand/count").json() == 4


def test_what_changes_after_the_answer_is_kept(site: Site) -> None:
    with site.visitor() as one:
        assert one.get("/apps/desk/later").json() == "soon"
        wait_for(lambda: one.get("/apps/desk/later/done").json() == "done")
        one.get("/apps/plain/")
        one.get("/apps/desk/")
        pid = one.get("/apps/desk/").json()["pid"]
        os.kill(pid, 9)
        wait_for(lambda: one.get("/apps/desk/").json()["pid"] != pid)
        assert one.get("/apps/desk/later/done").json() == "done"


def test_an_upload_arrives_whole(site: Site) -> None:
    content = PIECE * 40
    with site.visitor() as one:
        answer = one.post("/apps/desk/upload", data={"title": "Ärger"}, files={"file": ("ö.bin", content)})
    assert answer.json() == {
        "title": "Ärger", "name": "ö.bin", "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def test_a_body_without_a_length_is_streamed(site: Site) -> None:
    with site.visitor() as one:
        answer = one.put("/apps/desk/stream", content=(PIECE for _ in range(50)))
    assert answer.json() == {"size": 50 * len(PIECE), "sha256": hashlib.sha256(PIECE * 50).hexdigest()}


@pytest.mark.parametrize("has_length", [True, False])
def test_a_body_that_is_too_large_is_refused(site: Site, has_length: bool) -> None:
    content = PIECE * 65
    with site.visitor() as one:
        answer = one.put("/apps/desk/stream", content=content if has_length else iter([PIECE] * 65))
        assert answer.status_code == 413
        assert one.get("/apps/desk/").status_code == 200


def test_an_answer_may_come_before_the_body_is_read(site: Site) -> None:
    with site.visitor() as one:
        answer = one.post("/apps/desk/refuse", content=PIECE * 40)
        assert (answer.status_code, answer.text) == (418, "no")


def test_a_large_answer_comes_whole(site: Site) -> None:
    with site.visitor() as one:
        digest, size = hashlib.sha256(), 0
        with one.stream("GET", "/apps/desk/stream/500") as answer:
            for piece in answer.iter_bytes():
                digest.update(piece)
                size += len(piece)
        assert size == 500 * len(PIECE)
        assert digest.hexdigest() == hashlib.sha256(PIECE * 500).hexdigest()
        answer = one.get("/apps/desk/whole/100")
        assert answer.content == PIECE * 100
        assert answer.headers["content-length"] == str(100 * len(PIECE))


@pytest.mark.parametrize("size_mb", [300 if os.environ.get("SMALLWEB_NIGHTLY") else 20])
def test_an_answer_in_one_piece_may_be_larger_than_a_frame(site: Site, size_mb: int) -> None:
    assert MAX_FRAME_BYTES < 300 * 2**20
    with site.visitor() as one, one.stream("GET", f"/apps/desk/whole/{size_mb * 16}") as answer:
        assert sum(len(piece) for piece in answer.iter_bytes()) == size_mb * 2**20


def test_events_come_as_they_are_sent_and_end_with_the_browser(site: Site) -> None:
    with site.visitor() as one:
        with one.stream("GET", "/apps/desk/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert [next(lines) for _ in range(5)] == ["id: 0", "data: 0", "", "id: 1", "data: 1"]
        wait_for(lambda: one.get("/apps/desk/left").json()["events"] == "left")


def test_what_breaks_off_is_no_whole_answer(site: Site) -> None:
    with site.visitor() as one:
        with pytest.raises(httpx.TransportError), one.stream("GET", "/apps/desk/broken") as answer:
            answer.read()
        assert one.get("/apps/desk/").status_code == 200


def test_a_failure_is_shown_where_it_may(site: Site) -> None:
    with site.visitor() as one, site.visitor("ann") as ann:
        answer = one.get("/apps/desk/fail")
        assert answer.status_code == 500
        assert "on purpose" not in ann.get("/apps/closed/fail").text


def test_an_application_that_cannot_start_says_why(site: Site) -> None:
    with site.visitor() as one:
        answer = one.get("/apps/unready/")
        assert answer.status_code == 500
        assert "no printer" in answer.text


def test_an_application_needs_no_lifespan(site: Site) -> None:
    with site.visitor() as one:
        assert one.get("/apps/plain/").text.isdigit()


def test_a_page_of_another_site_cannot_send_anything(site: Site) -> None:
    with site.visitor() as one:
        answer = one.post("/apps/desk/refuse", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403


def test_a_view_serves_an_application_with_all_its_paths(site: Site) -> None:
    with site.visitor() as one:
        shown = one.get("/hand/").json()
        assert (shown["root_path"], shown["path"]) == ("/hand", "/hand/")
        assert one.get("/hand/raw/x").json()["name"] == "x"
