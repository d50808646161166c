"""The kind of a file by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.uploads.kinds import HEAD_BYTES, sniff
from tests.uploads.samples import BINARY, GIF, MARKUP, PDF, TEXT, zipped

pytestmark = pytest.mark.once


def kind(head: bytes) -> str | None:
    found = sniff(head)
    return None if found is None else found.name


@pytest.mark.parametrize("name", [*BINARY, *MARKUP])
def test_a_file_is_known_by_its_first_bytes(name: str) -> None:
    whole = BINARY.get(name) or MARKUP[name]
    assert kind(whole) == name
    assert kind(whole + b"\xff\0" * HEAD_BYTES) == name


@pytest.mark.parametrize("name", TEXT)
def test_other_text_is_plain_text(name: str) -> None:
    assert kind(TEXT[name]) == "txt"


@pytest.mark.parametrize("name", BINARY)
def test_no_beginning_of_a_signature_makes_it_fail(name: str) -> None:
    for length in range(min(len(BINARY[name]), 64)):
        sniff(BINARY[name][:length])


def test_bytes_of_no_kind_are_unknown() -> None:
    for head in (b"", b"\0", b"\xff", b"\xff\xff\xff\xff", b"abc\0def", bytes(range(256)), b"\x80\x81\x82"):
        assert kind(head) is None, head


def test_nothing_after_the_head_counts() -> None:
    assert kind(b"a" * HEAD_BYTES + b"\0\xff") == "txt"


def test_what_is_two_things_is_what_it_begins_as() -> None:
    assert kind(GIF[:6] + b"/*" + GIF[8:] + b"*/=1;alert(1)") == "gif"
    assert kind(b"GIF89a/*<html><script>alert(1)</script>*/") == "gif"
    assert kind(PDF + zipped(("a.txt", "hello"))) == "pdf"
    assert kind(zipped(("a.txt", "hello")) + PDF) == "zip"
    assert kind(b"<html>" + PDF) == "html"
    assert kind(b"\n" + PDF) is None, "readers look for %PDF in 1 KiB, browsers at the first byte"
    assert kind(b"\n%PDF-1.7\n") == "txt"


def test_text_that_begins_like_a_signature_stays_text() -> None:
    for text in (b"BMW is a car", b"MZ is short for it", b"OTTO", b"true", b"ID3 tags", b"RIFF raff", b"BZh",
    b"8BPS",
                 b"fLaC", b"wOFF it goes", b"PK", b"II*", b"MThd", b"Rar!", b"free ftyp",
                 b"abcdftyp"):  # fmt: skip
        assert kind(text) == "txt", text


@given(st.binary(max_size=600))
def test_any_bytes_have_a_kind_or_none(head: bytes) -> None:
    sniff(head)


@given(st.sampled_from(sorted(BINARY)), st.binary(max_size=40), st.integers(0, 300))
def test_any_change_of_a_file_is_answered(name: str, noise: bytes, at: int) -> None:
    whole = BINARY[name]
    sniff(whole[:at] + noise + whole[at + len(noise) :])
