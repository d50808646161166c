"""A root of its own for each test, rules that are read anew, and nothing left in ``receiving``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels.bus.base import get_bus
from smallweb.core.invoke import worker_host
from smallweb.uploads.services.policy import policy
from tests.core.buses import bus_url
from tests.uploads.resumable.conftest import database

__all__ = ["database"]


@pytest.fixture(autouse=True)
def uploading(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url("sqlite", tmp_path),
    }
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "ROOTS": {"uploads": tmp_path / "uploads"}}
    policy.forget()
    yield
    policy.forget()
    worker_host.close()  # it was made with this test's root
    get_bus().close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def folders(db: None) -> None:
    """The rows of the code's folders and handlers, which a flush has taken away."""
    from smallweb.uploads.services.sync_rows import sync_folders, sync_handlers

    sync_folders()
    sync_handlers()


def files_in(root: Path) -> list[str]:
    """Return what lies on the disk: what is being received, and what is kept."""
    return sorted(path.relative_to(root).parts[0] for path in root.rglob("*") if path.is_file())
