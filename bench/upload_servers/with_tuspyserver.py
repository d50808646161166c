"""tuspyserver in FastAPI."""

from __future__ import annotations

import tempfile

from fastapi import FastAPI
from tuspyserver import create_tus_router

application = FastAPI()
application.include_router(
    create_tus_router(prefix="files", files_dir=tempfile.mkdtemp(prefix="smallweb-bench-tus-"))
)
