from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.core.http.byte_range import RangeNotSatisfiable, requested_range

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("header", "positions"),
    [
        ("bytes=0-0", range(0, 1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=9-", range(9, 10)),
        ("bytes=0-999", range(0, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(0, 10)),
        (" bytes = 1 - 2 ", range(1, 3)),
    ],
)
def test_one_range_is_understood(header: str, positions: range) -> None:
    assert requested_range(header, size_bytes=10) == positions


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b",
     "bytes=1-²", "bytes=--1",
     "bytes=" + "9" * 5000 + "-"],
)  # fmt: skip
def test_what_cannot_be_understood_is_ignored(header: str) -> None:
    assert requested_range(header, size_bytes=10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_behind_the_end_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        requested_range(header, size_bytes=size)


@given(st.text(st.sampled_from("bytes=0123456789-, "), max_size=20), st.integers(0, 50))
def test_a_range_never_leaves_the_file(header: str, size: int) -> None:
    try:
        positions = requested_range(header, size_bytes=size)
    except RangeNotSatisfiable:
        return
    assert positions is None or (0 <= positions.start < positions.stop <= size)
