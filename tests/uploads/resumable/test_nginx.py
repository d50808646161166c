"""A server behind nginx, as docs/deploy.md has it: bodies come through as they are sent."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.processes import free_port
from tests.services import require_service
from tests.uploads.resumable.client import TusClient, line, patch_head
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

MB = 10**6
# What nginx and the server hold when the line breaks is gone with it.
BUFFERS = 2**20
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        location /uploads/ {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
            client_max_body_size 0;
        }}
    }}
}}
"""


@contextmanager
def nginx_before(site: Site, folder: Path) -> Iterator[Site]:
    """Yield the site as it is seen through nginx."""
    program = require_service("nginx")
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, behind=site.port))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL
    )
    seen = replace(site, port=port)
    try:
        wait_for(lambda: _answers(seen), what=f"nginx on port {port}")
        yield seen
    finally:
        process.terminate()
        process.wait()


def _answers(site: Site) -> bool:
    try:
        client = TusClient(site)
        return client.http.options("/uploads/drop").status_code == 204
    except Exception:
        return False
    finally:
        client.http.close()


def test_a_cut_at_30_of_60_mb_keeps_30_mb(any_site: Site, tmp_path: Path) -> None:
    data = os.urandom(60 * MB)
    with nginx_before(any_site, tmp_path) as seen:
        tus = TusClient(seen)
        location = tus.begin(len(data))
        with line(seen, "PATCH", location, length=len(data), headers=patch_head(0)) as connection:
            connection.sendall(data[: 30 * MB])
            path = any_site.received(location)
            wait_for(lambda: path.stat().st_size >= 30 * MB - BUFFERS, what="30 MB")
        kept = tus.offset(location)
        assert 30 * MB - BUFFERS <= kept <= 30 * MB
        assert tus.patch(location, kept, data[kept:]).status_code == 204
        said = tus.status(location)["data"]
        tus.http.close()
    assert (said["sizes"], said["same"]) == ([60 * MB], True)
