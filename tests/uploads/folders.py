"""Folders with files, without anyone who sends them."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.test import Client
from django.utils import timezone

from smallweb.uploads.models import StoredFile, Upload, UploadFolder
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.policy import policy
from smallweb.uploads.services.store_file import Arrived, store_at

OPEN = {"access": "public", "read_access": "public", "list_access": "public", "delete_access": "public"}


BASE = "/uploads/folders/shelf/"


def make_folder(name: str = "shelf", **options: Any) -> UploadFolder:
    """Return a folder in which everybody may do everything but for what the options say."""
    given = {**OPEN, "create_rules": ["**"], "overwrite_rules": ["**"], **options}
    row = UploadFolder.objects.create(name=name, in_code=False, **given)
    policy.forget()
    return row


def keep(
    folder: UploadFolder,
    path: str,
    content: bytes = b"content",
    *,
    content_type: str = "text/plain",
    user: Any = None,
) -> StoredFile:
    """Put a file into the folder, past its rules."""
    from smallweb.uploads.services.policy import read_policy

    rules = read_policy().folders[folder.name]
    temporary = get_root(rules.root).receiving(uuid.uuid4().hex)
    temporary.write_bytes(content)
    arrived = Arrived(
        temporary=temporary,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type,
    )
    return store_at(rules, path, arrived, user=user, now=timezone.now())


def body_of(response: Any) -> bytes:
    return response.getvalue() if response.streaming else bytes(response.content)


def put(client: Client, path: str, body: bytes = b"content", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put(f"{BASE}{path}", body, content_type="application/octet-stream", headers=named)


def paths() -> list[str]:
    return list(StoredFile.objects.order_by("path").values_list("path", flat=True))


def nothing_is_left() -> bool:
    """Whether no temporary file lies about and no upload holds room."""
    lying = list((get_root().folder / "receiving").glob("*"))
    return not lying and not Upload.objects.open().exists()
