"""Clients of other projects, unmodified: tuspy, tus-js-client under Node, and curl."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rpc.clients.driven import install
from tests.services import require_service
from tests.uploads.resumable.client import TusClient
from tests.uploads.resumable.site import CSRF, Site

pytestmark = pytest.mark.once

NODE = Path(__file__).parent / "node"
TUSPY = Path(__file__).parent / "tuspy_upload.py"
DATA = os.urandom(500_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
CHUNK = 100_000


@pytest.fixture
def tus(site: Site) -> Iterator[TusClient]:
    client = TusClient(site)
    yield client
    client.http.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    return path


class TestTuspy:
    @pytest.fixture(autouse=True)
    def order(self, site: Site, file: Path) -> None:
        self.site = site
        self.file = file

    def upload(self, *, handler: str = "drop", headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Return what the client ends with: {url, offset, began_at} or {error, status}."""
        order = {"to": f"{self.site.url}/uploads/{handler}", "headers": headers or {}, **more}
        order["options"] = {"file_path": str(self.file), "chunk_size": CHUNK, **order.get("options", {})}
        # In a process of its own: it leaves its sockets to the collector.
        command = [sys.executable, "-W", "ignore", str(TUSPY), json.dumps(order)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def test_uploads_and_resumes(self, tus: TusClient) -> None:
        told = {"filename": "ä.bin", "colour": "red"}
        begun = self.upload(options={"metadata": told}, stop_at=200_000)
        assert tus.offset(begun["url"]) == 200_000
        resumed = self.upload(options={"url": begun["url"]})
        assert (resumed["began_at"], resumed["offset"]) == (200_000, len(DATA))
        said = tus.status(begun["url"])["data"]
        assert (said["names"], said["text"], said["sha256"]) == (["ä.bin"], {"colour": "red"}, [SHA256])

    def test_sends_checksums(self, tus: TusClient) -> None:
        url = self.upload(options={"upload_checksum": True})["url"]
        assert tus.status(url)["data"]["sha256"] == [SHA256]

    def test_sends_the_session_of_a_user(self) -> None:
        headers = self.site.as_user("ann")
        url = self.upload(handler="mine", headers=headers)["url"]
        assert TusClient(self.site, **headers).status(url)["data"]["sha256"] == [SHA256]

    def test_hears_of_refusals(self) -> None:
        assert self.upload(handler="small-drop")["status"] == 413
        assert self.upload(handler="refuses")["status"] == 422


class TestTusJsClient:
    @pytest.fixture(autouse=True)
    def node(self, site: Site, file: Path) -> None:
        self.program = require_service("node")
        self.site = site
        self.file = file
        install(require_service("npm"), NODE)

    def run(self, *, handler: str = "drop", **order: Any) -> dict[str, Any]:
        options = {"metadata": {"filename": "a.bin"}, **order.pop("options", {"chunkSize": CHUNK})}
        told = {"path": str(self.file), "endpoint": f"{self.site.url}/uploads/{handler}", "options": options}
        command = [self.program, str(NODE / "upload.mjs"), json.dumps({**told, **order})]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.stdout, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def upload(self, **order: Any) -> dict[str, Any]:
        said = self.run(**order)
        assert "error" not in said, said
        return said

    def test_uploads_in_its_ways(self, tus: TusClient) -> None:
        ways: dict[str, dict[str, Any]] = {
            "in one piece": {},
            "in pieces": {"chunkSize": CHUNK},
            "from a stream": {"chunkSize": CHUNK, "stream": True},
            "with data at once": {"chunkSize": CHUNK, "uploadDataDuringCreation": True},
            # In one chunk: after more of them this client waits for bytes that its stream does not have.
            "without a length": {"chunkSize": 2 * len(DATA), "uploadLengthDeferred": True, "stream": True},
            "with POST alone": {"overridePatchMethod": True},
        }
        for way, options in ways.items():
            said = self.upload(options=options)
            assert tus.status(said["url"])["data"]["sha256"] == [SHA256], way

    def test_resumes_what_was_aborted(self, tus: TusClient) -> None:
        begun = self.upload(stopAfter=200_000)
        assert (begun["offset"], tus.offset(begun["url"])) == (200_000, 200_000)
        resumed = self.upload(url=begun["url"])
        assert (resumed["url"], resumed["sent"]) == (begun["url"], 300_000)
        assert tus.status(begun["url"])["data"]["sha256"] == [SHA256]

    def test_terminates(self, tus: TusClient) -> None:
        said = self.upload(stopAfter=200_000, end="terminate")
        assert tus.head(said["url"]).status_code == 410
        assert not tus.site.received(said["url"]).exists()

    def test_uploads_in_parallel_and_joins(self, tus: TusClient) -> None:
        said = self.upload(options={"parallelUploads": 3})
        assert tus.status(said["url"])["data"]["sha256"] == [SHA256]

    @pytest.mark.parametrize("draft", ["ietf-draft-03", "ietf-draft-05"])
    def test_speaks_the_draft_of_the_ietf(self, tus: TusClient, draft: str) -> None:
        begun = self.upload(options={"protocol": draft, "chunkSize": CHUNK}, stopAfter=200_000)
        resumed = self.upload(options={"protocol": draft}, url=begun["url"])
        assert resumed["sent"] == 300_000
        said = tus.status(begun["url"])["data"]
        assert (said["names"], said["sha256"]) == (["a.bin"], [SHA256])
        at_once = self.upload(options={"protocol": draft, "uploadDataDuringCreation": True})
        assert tus.status(at_once["url"])["data"]["sha256"] == [SHA256]

    def test_sends_the_csrf_token_of_its_page(self) -> None:
        headers = self.site.as_user("bob")
        said = self.upload(handler="mine", options={"headers": headers})
        assert TusClient(self.site, **headers).status(said["url"])["status"] == "SUCCESS"
        without = {"Cookie": f"sessionid={self.site.sessions['bob']}; csrftoken={CSRF}"}
        assert self.run(handler="mine", options={"headers": without})["status"] == 403

    def test_hears_of_refusals(self) -> None:
        assert self.run(handler="small-drop")["status"] == 413
        assert self.run(handler="refuses")["status"] == 422


def test_curl_goes_on_where_it_was_cut_off(tus: TusClient, file: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not there.")
    location = f"{tus.site.url}{tus.begin(len(DATA))}"
    assert tus.patch(location, 0, DATA[:CHUNK]).status_code == 204
    headers = [
        "Tus-Resumable: 1.0.0",
        f"Upload-Offset: {CHUNK}",
        "Content-Type: application/offset+octet-stream",
    ]
    flags = [flag for header in headers for flag in ("-H", header)]
    command = [curl, "-sS", "-f", "-X", "PATCH", *flags, "-C", str(CHUNK), "-T", str(file), location]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert tus.status(location)["data"]["sha256"] == [SHA256]
