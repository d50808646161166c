"""Rows of uploads, and people with and without permissions."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.core.models import State
from smallweb.uploads.models import StoredFile, Upload, UploadFolder, UploadHandler
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.policy import read_policy
from smallweb.uploads.services.store_file import Arrived, store_at
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]

APP = "smallweb_uploads"
ADMIN = f"/admin/{APP}"
SEEING = ("view_uploadhandler", "view_uploadfolder", "view_storedfile", "view_upload")


@pytest.fixture
def rows(folders: None) -> dict[str, Any]:
    """One row of each model, by the model's name."""
    return {
        "uploadhandler": UploadHandler.objects.get(name="pictures"),
        "uploadfolder": UploadFolder.objects.get(name="gallery"),
        "storedfile": keep_file(
            "notes/a.txt", b"Hello <b>you</b>", folder="inbox", content_type="text/plain"
        ),
        "upload": make_upload(folder="gallery", path="a.png", length_bytes=100, received_bytes=25),
    }


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions."""

    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        apps = (APP, "smallweb_core", "auth")
        found = Permission.objects.filter(content_type__app_label__in=apps, codename__in=codenames)
        assert len(found) == len(set(codenames)), codenames
        user.user_permissions.set(found)
        return logged_in(user)

    return log_in


def keep_file(path: str, content: bytes, *, folder: str, content_type: str, user: Any = None) -> StoredFile:
    """Have the folder keep a file, whatever its rules."""
    rules = read_policy().folder(folder)
    temporary = get_root(rules.root).receiving(str(uuid.uuid4()))
    temporary.write_bytes(content)
    arrived = Arrived(
        temporary=temporary,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type,
    )
    return store_at(rules, path, arrived, user=user, now=timezone.now())


def make_upload(**values: Any) -> Upload:
    now = timezone.now()
    given = {
        "protocol": "tus",
        "state": State.RUNNING,
        "root": "uploads",
        "created_at": now,
        "active_at": now,
    }
    return Upload.objects.create(**{**given, **values})
