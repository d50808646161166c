"""Whether bytes are text."""

from __future__ import annotations

import pytest

from smallweb.uploads.kinds.plain_text import is_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
def test_text_in_these_encodings_is_text(encoding: str) -> None:
    assert is_text("Hello\r\n\tthere\f\x1b[0m".encode(encoding), is_whole=True)


@pytest.mark.parametrize("code", [*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
def test_no_text_has_such_characters(code: int) -> None:
    for encoding in ("utf-8", "utf-16"):
        assert not is_text(f"Hello{chr(code)}".encode(encoding), is_whole=True)


def test_older_encodings_are_no_text() -> None:
    assert not is_text("cafés".encode("latin-1"), is_whole=False)
    assert not is_text("hello".encode("utf-16-le"), is_whole=False)
    assert not is_text("hello".encode("utf-32"), is_whole=False)
    assert not is_text(b"\xed\xa0\x80", is_whole=False), "half a pair"
    assert not is_text(b"\xff\xfe\x00\xd8a\0", is_whole=False), "half a pair"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_character_may_be_cut_only_where_more_comes(encoding: str) -> None:
    cut = "naïve 🙂".encode(encoding)[:-1]
    assert is_text(cut, is_whole=False)
    assert not is_text(cut, is_whole=True)
