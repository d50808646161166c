"""Containers of sound and video."""

from __future__ import annotations

import pytest

from smallweb.uploads.kinds.boxes import ebml_name, media_box_name, ogg_name, riff_name
from tests.uploads.samples import ebml, ftyp, ogg

pytestmark = pytest.mark.once


def test_the_first_brand_that_is_known_decides() -> None:
    assert media_box_name(ftyp(b"isom", b"M4A ")) == "mp4"
    assert media_box_name(ftyp(b"XAVC", b"mp42")) == "mp4"
    assert media_box_name(ftyp(b"mif1", b"avif")) == "avif"
    assert media_box_name(ftyp(b"mif1", b"heic")) == "heic"
    assert media_box_name(ftyp(b"mif1", b"miaf")) == "heic"
    assert media_box_name(ftyp(b"what", b"ever")) is None


def test_no_brand_counts_behind_its_box() -> None:
    assert media_box_name(b"\0\0\0\x10ftypwhat\0\0\0\0mp42") is None
    assert media_box_name(b"\xff\xff\xff\xffftypwhat\0\0\0\0mp42") == "mp4"
    assert media_box_name(b"\0\0\0\0ftyp") is None


def test_an_old_movie_has_no_brand() -> None:
    assert media_box_name(b"\0\0\x10\0moov\0\0\0\x6cmvhd") == "mov"
    assert media_box_name(b"the moov") is None


def test_other_forms_and_types_are_none() -> None:
    assert riff_name(b"RIFF\0\0\0\0ACON") is None
    assert ebml_name(ebml(b"other")) is None
    assert ebml_name(b"\x1a\x45\xdf\xa3\x80") is None
    assert ogg_name(ogg(b"Speex   ")) == "ogg"
