"""The client against a real server, over a line that breaks."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.uploads.client import LineBroken, Progress, UploadRefused, upload_file
from smallweb.uploads.client.line import Line
from smallweb.uploads.client.memory import Memory, fingerprint, sweep
from smallweb.uploads.exceptions import CannotUpload
from tests.uploads.gate import Gate, gated
from tests.uploads.resumable.conftest import site
from tests.uploads.resumable.site import Site

__all__ = ["site"]

pytestmark = pytest.mark.once

MIB = 2**20


@pytest.fixture
def gate(site: Site) -> Iterator[Gate]:
    with gated(site.port) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(6 * MIB))
    return path


def send(file: Path, site: Site | Gate, handler: str = "drop", **options: Any) -> Any:
    url = f"http://127.0.0.1:{site.port}/uploads/{handler}"
    return upload_file(file, url, **{"folder": file.parent / "cache", "chunk_bytes": 2 * MIB, **options})


def is_whole(reply: Any, file: Path) -> bool:
    return bool(reply["sha256"] == [hashlib.sha256(file.read_bytes()).hexdigest()])


def test_a_file_arrives_and_progress_is_told(file: Path, site: Site) -> None:
    told: list[Progress] = []
    reply = send(file, site, text={"title": "ä"}, on_progress=told.append)
    assert is_whole(reply, file)
    assert reply["text"] == {"title": "ä"}
    assert [told[0].sent, told[-1]] == [0, Progress(6 * MIB, 6 * MIB)]
    assert [each.sent for each in told] == sorted(each.sent for each in told)
    assert list((file.parent / "cache").iterdir()) == []


def test_an_empty_file_arrives(tmp_path: Path, site: Site) -> None:
    (tmp_path / "empty.bin").touch()
    assert is_whole(send(tmp_path / "empty.bin", site), tmp_path / "empty.bin")


def test_a_cut_line_costs_no_bytes_twice(file: Path, gate: Gate) -> None:
    troubles: list[str] = []
    gate.hold(3 * MIB)

    def cut() -> None:
        gate.wait_until_held()
        gate.cut()
        gate.open()

    thread = threading.Thread(target=cut)
    thread.start()
    reply = send(file, gate, on_progress=lambda told: troubles.append(told.trouble))
    thread.join()
    assert is_whole(reply, file)
    assert any("No answer of http://127.0.0.1" in trouble for trouble in troubles)
    assert gate.sent < 7 * MIB


def test_another_call_goes_on_where_one_gave_up(file: Path, gate: Gate, site: Site) -> None:
    gate.hold(3 * MIB)

    def end() -> None:
        gate.wait_until_held()
        gate.end()

    threading.Thread(target=end).start()
    with pytest.raises(LineBroken, match="No answer"):
        send(file, gate, retries=0)
    (kept,) = (file.parent / "cache").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    with gated(site.port) as other:  # the same address, as far as the client can tell
        kept.write_text(kept.read_text().replace(str(gate.port), str(other.port)))
        key = fingerprint(file, url=f"http://127.0.0.1:{other.port}/uploads/drop", text={})
        kept.rename(kept.with_name(f"{key}.json"))
        assert is_whole(send(file, other), file)
        assert other.sent < 3.6 * MIB


def test_a_file_that_changed_begins_anew(file: Path, site: Site) -> None:
    first = fingerprint(file, url="/", text={})
    assert fingerprint(file, url="/", text={}) == first
    assert fingerprint(file, url="/b", text={}) != first
    assert fingerprint(file, url="/", text={"a": "1"}) != first
    file.write_bytes(b"other")
    assert fingerprint(file, url="/", text={}) != first


def test_what_has_expired_is_forgotten(tmp_path: Path, file: Path, site: Site) -> None:
    folder = tmp_path / "cache"
    Memory("old", folder=folder).keep("/1", expires="Thu, 01 Jan 2015 00:00:00 GMT")
    Memory("new", folder=folder).keep("/2", expires=None)
    (folder / "odd.json").write_text("[]")
    assert Memory("old", folder=folder).location is None
    assert Memory("new", folder=folder).location == "/2"
    sweep(folder)
    assert [path.name for path in folder.iterdir()] == ["new.json"]


def test_an_upload_that_the_server_has_forgotten_begins_anew(file: Path, site: Site) -> None:
    url = f"{site.url}/uploads/drop"
    memory = Memory(fingerprint(file, url=url, text={}), folder=file.parent / "cache")
    memory.keep(f"{site.url}/uploads/resumable/00000000-0000-0000-0000-000000000000", expires=None)
    assert is_whole(send(file, site), file)


def test_refusals_say_what_the_server_says(file: Path, site: Site) -> None:
    expected = {
        "refuses": (422, "cold", "The oven is cold."),
        "small-drop": (413, "too_large", "at most 1000 are taken"),
        "images-only": (415, "type_mismatch", "taken are images"),
        "mine": (401, "login_wanted", "Log in"),
        "nothing": (404, "", "nothing is at this address"),
    }
    for handler, (status, said, words) in expected.items():
        with pytest.raises(UploadRefused, match=words) as caught:
            send(file, site, handler)
        assert (caught.value.status, caught.value.said) == (status, said)
        assert list((file.parent / "cache").glob("*")) == []


def test_mistakes_are_told_before_anything_is_sent(file: Path, site: Site) -> None:
    for url in ("ftp://a/b", "nonsense", "http://", "http://a:99999/", "http://user:pass@a/", "http://a/b c"):
        with pytest.raises(CannotUpload, match="is no address"):
            upload_file(file, url)
    for name in ("", "ä", "a b", "a,b"):
        with pytest.raises(CannotUpload, match="A field is called"):
            send(file, site, text={name: "1"})
    with pytest.raises(CannotUpload, match="cannot carry"):
        send(file, site, token="a\nb")
    with pytest.raises(CannotUpload, match=r"none\.bin cannot be read: No such file"):
        send(file.with_name("none.bin"), site)


def test_nobody_there_is_said_after_the_retries(file: Path, gate: Gate) -> None:
    gate.end()
    with pytest.raises(LineBroken, match=r"No answer of http://127\.0\.0\.1"):
        send(file, gate, retries=1)


def test_a_token_goes_to_no_other_server() -> None:
    line = Line("https://a.example/uploads/drop", headers={"Authorization": "Bearer secret"})
    assert line.join("resumable/1") == "https://a.example/uploads/resumable/1"
    assert line.join("https://a.example:443/x") == "https://a.example:443/x"
    for other in ("http://a.example/x", "//b.example/x", "https://a.example:444/x"):
        with pytest.raises(UploadRefused, match="another one"):
            line.join(other)
