"""upload.js in a real browser, on a real server, over a line that breaks."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.rpc.clients.driven import install
from tests.services import require_service
from tests.uploads.browser.conftest import NODE, Open
from tests.uploads.gate import Gate
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

MIB = 2**20

# A file whose content is known on both sides, and an upload of it that the page keeps.
_BEGIN = """async ([url, size, options]) => {
    const { Upload } = await import("/static/smallweb_uploads/upload.js");
    const bytes = new Uint8Array(size).map((_, place) => (place * 31 + (place >> 8)) % 256);
    const file = new File([bytes], options.name ?? "a.bin", { lastModified: 1e12, type: "" });
    window.states = [];
    window.one = new Upload(url, file, options);
    one.addEventListener("state", () => states.push(one.state));
    one.start();
}"""
_END = "one.finished.then((reply) => ({ reply }), ({ code, message, status }) => ({ code, message, status }))"

# tus-js-client as it is published, with what it remembers itself.
_BEGIN_TUS = """([size]) => {
    const file = new File([new Uint8Array(size)], "a.bin", { lastModified: 1e12 });
    window.outcome = new Promise((resolve, reject) => {
      window.one = new tus.Upload(file, {
        endpoint: "/uploads/drop", chunkSize: 2 ** 20, retryDelays: [100],
        metadata: { filename: file.name, title: "ä" },
        onSuccess: ({ lastResponse }) => resolve(lastResponse.getStatus()), onError: reject,
      });
    });
    return one.findPreviousUploads().then((previous) => {
      if (previous.length) one.resumeFromPreviousUpload(previous[0]);
      one.start();
      return previous.length;
    });
}"""


def content(size: int) -> bytes:
    return bytes((place * 31 + (place >> 8)) % 256 for place in range(size))


def begin(page: Page, size: int, url: str = "/uploads/drop", **options: Any) -> None:
    page.evaluate(_BEGIN, [url, size, options])


def end(page: Page) -> Any:
    return page.evaluate(_END)


def offsets_of(page: Page) -> list[int]:
    """Where the requests begin that send bytes."""
    offsets: list[int] = []

    def note(request: Any) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return offsets


def wait_until_written(gate: Gate, site: Site, size: float) -> None:
    """Wait until what the gate let pass lies on the disk: what a socket still holds dies with its line."""
    gate.wait_until_held()
    wait_for(lambda: any(path.stat().st_size >= size for path in site.receiving.rglob("*")), limit_s=20)


def is_whole(outcome: Any, size: int) -> bool:
    reply = outcome["reply"]
    return bool(reply["sha256"] == [hashlib.sha256(content(size)).hexdigest()] and reply["sizes"] == [size])


def test_a_small_file_goes_as_one_form(page: Page, gate: Gate) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(f"{request.method} {request.headers['content-type']}"))
    page.evaluate("window.ends = 0")
    begin(page, 1000, text={"title": "ä", "tag": ["a", "b"]})
    outcome = end(page)
    assert is_whole(outcome, 1000)
    assert outcome["reply"]["text"] == {"title": "ä", "tag": "a"}
    assert [post.split(";")[0] for post in posts if "POST" in post] == ["POST multipart/form-data"]
    assert page.evaluate("[one.state, one.bytes, one.secondsLeft, states]") == [
        "done",
        1000,
        0,
        ["sending", "done"],
    ]


def test_a_large_file_goes_in_chunks_that_grow(page: Page) -> None:
    offsets = offsets_of(page)
    begin(page, 5 * MIB + 7, chunkBytes=MIB, text={"title": "ä, b"})
    outcome = end(page)
    assert is_whole(outcome, 5 * MIB + 7)
    assert outcome["reply"]["text"] == {"title": "ä, b"}
    assert offsets == [0, MIB, 3 * MIB]
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_pause_costs_no_bytes_twice(page: Page, gate: Gate, site: Site) -> None:
    before = gate.sent
    gate.hold(3 * MIB)
    begin(page, 6 * MIB, chunkBytes=2 * MIB)
    wait_until_written(gate, site, 2.5 * MIB)
    page.evaluate("one.pause()")
    assert page.evaluate("one.state") == "paused"
    gate.cut()  # what is on its way would arrive otherwise
    gate.open()
    page.evaluate("one.resume()")
    assert is_whole(end(page), 6 * MIB)
    assert gate.sent - before < 6.6 * MIB


def test_a_broken_line_is_gone_on_with(page: Page, gate: Gate, site: Site) -> None:
    """Chromium itself repeats a request whose connection had served another, and is told 409."""
    offsets = offsets_of(page)
    gate.hold(3 * MIB)
    begin(page, 6 * MIB, chunkBytes=2 * MIB)
    wait_until_written(gate, site, 2.5 * MIB)
    gate.cut()
    gate.open()
    assert is_whole(end(page), 6 * MIB)
    assert "retrying" in page.evaluate("states")
    assert offsets == sorted(set(offsets))
    assert offsets[2] > 2.8 * MIB


def test_whoever_hears_of_a_broken_line_may_pause(page: Page, gate: Gate) -> None:
    page.route("**/uploads/drop", lambda route: route.abort())
    begin(page, MIB)
    page.evaluate("one.addEventListener('state', () => one.state === 'retrying' && one.pause())")
    wait_for(lambda: page.evaluate("one.state") == "paused")
    page.unroute("**/uploads/drop")
    page.evaluate("one.resume()")
    assert is_whole(end(page), MIB)


def test_a_server_that_was_killed_is_waited_for(page: Page, gate: Gate, site: Site) -> None:
    gate.hold(3 * MIB)
    begin(page, 6 * MIB, chunkBytes=MIB)
    gate.wait_until_held()
    site.kill()
    gate.open()
    wait_for(lambda: page.evaluate("one.state") == "retrying")
    site.start()
    assert is_whole(end(page), 6 * MIB)


def test_a_reload_of_the_page_goes_on(page: Page, gate: Gate, site: Site) -> None:
    before = gate.sent
    gate.hold(5 * MIB)
    begin(page, 8 * MIB, chunkBytes=2 * MIB)
    wait_until_written(gate, site, 4.5 * MIB)
    page.evaluate("one.pause()")
    gate.cut()
    gate.open()
    page.reload()
    assert len(page.evaluate("Object.keys(localStorage)")) == 1
    begin(page, 8 * MIB, chunkBytes=2 * MIB)
    assert is_whole(end(page), 8 * MIB)
    assert gate.sent - before < 8.8 * MIB
    assert page.evaluate("Object.keys(localStorage)") == []


def test_another_file_or_text_begins_anew(page: Page) -> None:
    code = """async () => {
        const { fingerprint, Memory, sweep } = await import("/static/smallweb_uploads/upload_memory.js");
        const file = (text, name = "a", lastModified = 1) => new File([text], name, { lastModified });
        const all = [
          ["/a", file("x"), {}], ["/b", file("x"), {}], ["/a", file("y"), {}], ["/a", file("xx"), {}],
          ["/a", file("x", "b"), {}], ["/a", file("x", "a", 2), {}], ["/a", file("x"), { t: "1" }],
        ];
        const keys = await Promise.all(all.map((each) => fingerprint(...each)));
        new Memory("old").keep("/1", "Thu, 01 Jan 2015 00:00:00 GMT");
        new Memory("new").keep("/2", new Date(Date.now() + 60000).toUTCString());
        localStorage.setItem("smallweb-upload:odd", "{");
        localStorage.setItem("other", "1");
        sweep(localStorage, Date.now());
        const left = Object.keys(localStorage).sort();
        localStorage.clear();
        return [new Set(keys).size, left, keys[0] === await fingerprint("/a", file("x"), {})];
    }"""
    assert page.evaluate(code) == [7, ["other", "smallweb-upload:new"], True]


def test_what_has_expired_begins_anew(page: Page, gate: Gate, site: Site) -> None:
    gate.hold(3 * MIB)
    begin(page, 4 * MIB, chunkBytes=MIB)
    gate.wait_until_held()
    page.evaluate("one.pause()")
    gate.open()
    site.rows("UPDATE smallweb_uploads_upload SET expires_at = '2015-01-01 00:00:00' WHERE state = 'RUNNING'")
    page.evaluate("one.resume()")
    assert is_whole(end(page), 4 * MIB)


def test_cancelling_leaves_nothing(page: Page, gate: Gate, site: Site) -> None:
    gate.hold(2 * MIB)
    begin(page, 4 * MIB, chunkBytes=MIB, name="cancelled.bin")
    gate.wait_until_held()
    page.evaluate("one.cancel()")
    gate.open()
    assert end(page) == {"code": "cancelled", "message": "It was cancelled.", "status": 0}
    query = "SELECT state FROM smallweb_uploads_upload WHERE path = 'cancelled.bin'"
    wait_for(lambda: site.rows(query) == [("CANCELLED",)], what=str(site.rows(query)))
    assert page.evaluate("Object.keys(localStorage)") == []
    page.evaluate("void one.retry()")
    assert is_whole(end(page), 4 * MIB)


def test_a_signal_cancels_and_progress_is_told(page: Page) -> None:
    code = """async () => {
        const { upload } = await import("/static/smallweb_uploads/upload.js");
        const file = new File([new Uint8Array(1 << 20)], "a.bin");
        const stop = new AbortController();
        let last = 0;
        const sent = await upload("/uploads/drop", file, { onProgress: ({ bytes }) => { last = bytes; } });
        const options = { signal: stop.signal, onProgress: () => stop.abort() };
        const refused = upload("/uploads/drop", file, options);
        return [last, sent.sizes[0], await refused.catch(({ name, code }) => `${name} ${code}`)];
    }"""
    assert page.evaluate(code) == [MIB, MIB, "UploadError cancelled"]


def test_refusals_say_what_the_server_says(page: Page) -> None:
    expected = {
        ("/uploads/refuses", 10): (422, "cold", "The oven is cold."),
        ("/uploads/refuses", 300_000): (422, "cold", "The oven is cold."),
        ("/uploads/small-drop", 300_000): (413, "too_large", "at most 1000 are taken"),
        ("/uploads/images-only", 10): (415, "type_mismatch", "taken are images"),
        ("/uploads/images-only", 300_000): (415, "type_mismatch", "taken are images"),
        ("/uploads/mine", 10): (401, "login_wanted", "Log in"),
        ("/uploads/mine", 300_000): (401, "login_wanted", "Log in"),
        ("/uploads/nothing", 10): (404, "", "nothing at this address"),
    }
    for (url, size), (status, code, words) in expected.items():
        begin(page, size, url)
        outcome = end(page)
        assert (outcome["status"], outcome["code"]) == (status, code), outcome
        assert words in outcome["message"]
        assert page.evaluate("Object.keys(localStorage)") == []


def test_what_metadata_cannot_carry_is_refused_before_bytes(page: Page) -> None:
    for text in ({"ä": "1"}, {"a b": "1"}, {"tag": ["a", "b"]}):
        begin(page, 300_000, text=text)
        assert end(page)["code"] == "bad_text"


def test_a_proxy_that_takes_less_gets_less(page: Page) -> None:
    """A 413 halves the chunk until it passes."""
    sizes: list[int] = []

    def limit(route: Any) -> None:
        size = len(route.request.post_data_buffer or b"")
        if route.request.method == "PATCH" and size > 600_000:
            route.fulfill(status=413, body="<h1>413</h1>")
        else:
            sizes.append(size)
            route.continue_()

    page.route("**/uploads/resumable/*", limit)
    begin(page, 2 * MIB)
    assert is_whole(end(page), 2 * MIB)
    assert max(sizes) == 512 * 1024


def test_an_answer_that_was_lost_is_asked_for(page: Page) -> None:
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method != "PATCH" or lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/uploads/resumable/*", lose)
    begin(page, MIB)
    assert is_whole(end(page), MIB)
    assert lost == [200]


def test_a_form_that_may_have_come_is_not_sent_twice(page: Page, gate: Gate, site: Site) -> None:
    page.evaluate("import('/static/smallweb_uploads/upload.js').then(() => 0)")
    gate.cut()  # Chromium itself repeats a request whose connection had served another, as the script's
    begin(page, 10, "/uploads/waits")
    wait_for((site.folder / "calls").exists)
    gate.cut()
    assert end(page)["code"] == "line_broken"
    assert page.evaluate("states") == ["sending", "failed"]
    (site.folder / "go").touch()
    page.evaluate("void one.retry()")
    assert end(page) == {"reply": "went"}


def test_a_user_goes_on_with_the_csrf_token(open_page: Open, site: Site, gate: Gate) -> None:
    cookie = {"name": "sessionid", "value": site.sessions["ann"], "url": f"http://127.0.0.1:{gate.port}"}
    page = open_page("/uploads/mine", cookies=[cookie])
    for size in (10, 300_000):
        begin(page, size, "/uploads/mine")
        assert is_whole(end(page), size)
    begin(page, 10, "/uploads/mine", csrf="wrong")
    assert end(page)["code"] == "csrf_failed"


def test_chunks_halve_and_double_and_pauses_grow(page: Page) -> None:
    code = """async () => {
        const { Pace, Meter, isPassing, pauseOf } = await import("/static/smallweb_uploads/upload_pace.js");
        const pace = new Pace(2 ** 20);
        pace.note(2 ** 20, 100);
        pace.note(2 ** 21, 9000);
        const sizes = [pace.bytes, pace.halve(), pace.bytes];
        while (pace.halve());
        for (const size of [2 ** 16, 2 ** 17, 2 ** 18]) pace.note(size, 1);
        const meter = new Meter();
        meter.reset(0, 0);
        for (const second of [1, 2, 3]) meter.note(second * 500, second * 1000);
        return {
          sizes: [...sizes, pace.bytes],
          speed: [meter.speed(3000), meter.speed(6000)],
          pauses: [1, 2, 20].map((failures) => pauseOf(failures, 1)),
          least: pauseOf(1, 0),
          passing: [
            [0, "line_broken"], [503, ""], [500, "call_failed"], [409, "already_there"], [409, ""], [415, ""],
          ].map(([status, code]) => isPassing({ status, code })),
        };
    }"""
    assert page.evaluate(code) == {
        "sizes": [2 * MIB, True, MIB, MIB // 2],
        "speed": [500, 250],
        "pauses": [500, 1000, 30_000],
        "least": 250,
        "passing": [True, True, False, False, True, False],
    }


def test_sizes_times_and_kinds_in_words(page: Page) -> None:
    code = """async () => {
        const { sizeText, timeText, isAccepted } = await import("/static/smallweb_uploads/upload_words.js");
        const picture = { name: "A.PNG", type: "image/png" };
        return [
          [0, 1000, 1536, 2 ** 20, 123.4 * 2 ** 20, 2 ** 40].map(sizeText),
          [0.2, 59.1, 61, 5400, Infinity, NaN].map(timeText),
          ["", " , ", ".png", "image/*", ".jpg, image/png", ".jpg", "video/*", "image/jpeg"].map(
            (rule) => isAccepted(picture, rule)),
        ];
    }"""
    assert page.evaluate(code) == [
        ["0 bytes", "1000 bytes", "1.5 KB", "1 MB", "123 MB", "1 TB"],
        ["1 s", "60 s", "2 min", "1.5 h", "", ""],
        [True, True, True, True, True, False, False, False],
    ]


def test_tus_js_client_goes_on_after_a_reload(open_page: Open, gate: Gate, said: list[str]) -> None:
    install(require_service("npm"), NODE)
    page = open_page("/pages/tus.html")
    gate.hold(3 * MIB)
    assert page.evaluate(_BEGIN_TUS, [6 * MIB]) == 0
    gate.wait_until_held()
    page.evaluate("one.abort()")
    gate.open()
    page.reload()
    assert page.evaluate(_BEGIN_TUS, [6 * MIB]) == 1
    assert page.evaluate("outcome") == 204
    assert gate.sent < 6.8 * MIB
    assert said == []
