"""Finished files in an S3 bucket, which moto keeps in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from smallweb.uploads.exceptions import NothingHere
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.serve_file import serve_stored
from smallweb.uploads.services.store_file import delete_file
from tests.uploads.folders import body_of, keep, make_folder

moto = pytest.importorskip("moto")
pytest.importorskip("storages.backends.s3")

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 3000


@pytest.fixture
def bucket(settings: Settings) -> Iterator[Any]:
    import boto3  # type: ignore[import-not-found, unused-ignore]

    options = {
        "bucket_name": "kept", "access_key": "key", "secret_key": "secret", "region_name": "us-east-1",
    }  # fmt: skip
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "s3": s3}
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "STORAGES": {"uploads": "s3"}}
    with moto.mock_aws():
        made = boto3.resource(
            "s3", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
        ).Bucket("kept")
        made.create()
        yield made


def test_a_file_is_kept_served_with_a_range_and_deleted(
    bucket: Any, django_capture_on_commit_callbacks: Any
) -> None:
    file = keep(make_folder(), "big.txt", CONTENT)
    assert [found.key for found in bucket.objects.all()] == [file.key]
    root = get_root()
    assert root.path(file.key) is None
    assert [key for key, _ in root.keys()] == [file.key]  # noqa: SIM118
    ask = RequestFactory()
    whole = serve_stored(ask.get("/"), file)
    assert body_of(whole) == CONTENT
    assert whole["Content-Security-Policy"] == "default-src 'none'; sandbox"
    part = serve_stored(ask.get("/", headers={"Range": "bytes=300000-300009"}), file)
    assert (part.status_code, body_of(part)) == (206, CONTENT[300000:300010])
    same = serve_stored(ask.get("/", headers={"If-None-Match": f'"{file.sha256}"'}), file)
    assert same.status_code == 304
    with django_capture_on_commit_callbacks(execute=True):
        delete_file(file)
    assert not list(bucket.objects.all())
    with pytest.raises(NothingHere):
        serve_stored(ask.get("/"), file)
    for response in (whole, part, same):
        response.close()
