"""What an upload that breaks off has taken is given back."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from smallweb.core.models import State
from smallweb.uploads.models import Upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def test_a_form_that_is_refused_in_the_middle_holds_no_room(root: Path) -> None:
    files = [
        SimpleUploadedFile("a.png", PNG + bytes(90_000)),
        SimpleUploadedFile("b.png", b"<html>" * 1_000),
    ]
    answer = Client().post("/uploads/pictures", {"file": files})
    assert answer.status_code == 415
    upload = Upload.objects.get()
    assert (upload.state, upload.reserved_bytes) == (State.FAILED, 0)
    assert "b.png" in upload.error
    assert not list(root.glob("receiving/*"))
