"""tus-js-client as it is published, in a browser: begun, broken off, gone on with after a reload."""

from __future__ import annotations

import pytest

from tests.rpc.clients.driven import install
from tests.services import require_service
from tests.uploads.browser.conftest import NODE, Open
from tests.uploads.gate import Gate

pytestmark = pytest.mark.once

MIB = 2**20
_BEGIN = """([size]) => {
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


def test_it_uploads_aborts_and_goes_on_after_a_reload(open_page: Open, gate: Gate, said: list[str]) -> None:
    install(require_service("npm"), NODE)
    page = open_page("/pages/tus.html")
    gate.hold(3 * MIB)
    assert page.evaluate(_BEGIN, [6 * MIB]) == 0
    gate.wait_until_held()
    page.evaluate("one.abort()")
    gate.open()
    page.reload()
    assert page.evaluate(_BEGIN, [6 * MIB]) == 1
    assert page.evaluate("outcome") == 204
    assert gate.sent < 6.8 * MIB
    assert said == []
