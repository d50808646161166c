"""Signatures of which more than the first bytes must fit."""

from __future__ import annotations

import pytest

from smallweb.uploads.kinds.signatures import signature_name

pytestmark = pytest.mark.once


@pytest.mark.parametrize("second", range(0xE0, 0x100))
def test_frames_of_sound_have_rates_that_there_are(second: int) -> None:
    layer_3 = second in (0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB)
    aac = second in (0xF0, 0xF1, 0xF8, 0xF9)
    assert signature_name(bytes([0xFF, second, 0x90, 0])) == ("mp3" if layer_3 else "aac" if aac else None)
    for no_rate in (0x00, 0xF0, 0x9C):
        assert signature_name(bytes([0xFF, second, no_rate, 0])) == ("aac" if aac else None)
    assert signature_name(bytes([0xFF, second])) is None


def test_a_tag_begins_an_mp3() -> None:
    assert signature_name(b"ID3\4\0\0\0\0\0\0") == "mp3"
    assert signature_name(b"ID3 \0") is None


def test_programs_for_several_machines_are_no_classes() -> None:
    assert signature_name(b"\xca\xfe\xba\xbe\0\0\0\2") == "macho"
    assert signature_name(b"\xca\xfe\xba\xbe\0\0\0\x2d") == "class"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"GIF87a\1\0\1\0", "gif"), (b"MM\0*\0\0\0\x08", "tiff"), (b"PK\5\6" + bytes(18), "zip"),
        (b"PK\7\x08PK\3\4", "zip"), (b"\xc5\xd0\xd3\xc6\x20\0\0\0", "ps"), (b"true\0\x0b", "ttf"),
        (b"\xfe\xed\xfa\xce", "macho"), (b"\xfe\xed\xfa\xcf", "macho"), (b"\xce\xfa\xed\xfe", "macho"),
        (b"\0\0\1\xb3\x16", "mpeg"), (b"BZh9\x17\x72\x45\x38\x50\x90", "bz2"), (b"Rar!\x1a\7\0", "rar"),
        (b"MZ\x90\0", "exe"),
    ],
)  # fmt: skip
def test_other_signatures_of_a_kind_count_as_well(head: bytes, name: str) -> None:
    assert signature_name(head) == name
