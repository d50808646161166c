"""The header Upload-Metadata."""

from __future__ import annotations

import base64

import pytest

from smallweb.uploads.exceptions import BadHeader
from smallweb.uploads.protocols.metadata import MAX_BYTES, Metadata, read_metadata

pytestmark = pytest.mark.once


def coded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def test_the_file_has_its_name_and_type_and_the_handler_the_rest() -> None:
    header = f"filename {coded('ä.png')}, filetype {coded('image/png')},a {coded('b')},empty,also "
    told = read_metadata(header)
    assert told == Metadata(name="ä.png", content_type="image/png", text={"a": "b", "empty": "", "also": ""})
    assert read_metadata(f"name {coded('n')},type {coded('t/t')}") == Metadata(name="n", content_type="t/t")
    assert read_metadata("") == read_metadata("  ") == Metadata()


def test_a_filename_comes_before_a_name() -> None:
    told = read_metadata(f"name {coded('one')},filename {coded('two')}")
    assert (told.name, told.text) == ("two", {})


def test_a_csrf_token_is_dropped() -> None:
    assert read_metadata(f"csrfmiddlewaretoken {coded('secret')}") == Metadata()


@pytest.mark.parametrize(
    "bad",
    [
        "a !!!", "a YQ", "a YQ==,a YQ==", ",", "a YQ==,", "ä YQ==", "a /w==",
        f"a {coded('x' * MAX_BYTES)}", "a AA==", f"type {coded('x' * 101)}", "a YQ== YQ==",
    ],
)  # fmt: skip
def test_what_is_no_metadata_is_refused(bad: str) -> None:
    with pytest.raises(BadHeader):
        read_metadata(bad)
