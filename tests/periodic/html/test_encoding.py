from __future__ import annotations

import pytest

from smallweb.periodic.exceptions import PageNotDecodable
from smallweb.periodic.html.encoding import encode_text, has_all_characters, page_encoding

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        (b"", "utf-8"),
        (b"<p>plain", "utf-8"),
        ("<p>\u00e9".encode(), "utf-8"),
        ("<p>\u00e9".encode("latin-1"), "cp1252"),
        (b"\xef\xbb\xbf<meta charset=windows-1252>", "utf-8"),
        (b"<meta charset=utf-8>\xe9", "utf-8"),
        (b"<META CharSet = 'ISO-8859-1'>", "cp1252"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=iso-8859-2'>", "iso8859-2"),
        (b"<meta content='charset=koi8-r' http-equiv=content-type>", "koi8-r"),
        (b"<meta name=description content='charset=koi8-r'>", "utf-8"),
        (b"<meta http-equiv=content-type content='text/html'>", "utf-8"),
        (b"<!-- <meta charset=koi8-r> -->", "utf-8"),
        (b"</meta charset=koi8-r><metadata charset=koi8-r>", "utf-8"),
        (b" " * 1024 + b"<meta charset=koi8-r>", "utf-8"),
        (b"<meta charset=Shift_JIS>", "cp932"),
        (b"<meta charset=gb2312>", "gbk"),
        (b"<meta charset=big5>", "big5hkscs"),
        (b"<meta charset=x-sjis>", "cp932"),
        (b"<meta charset=x-cp1251>", "cp1251"),
        (b"<meta charset=windows-874>", "cp874"),
        (b"<meta charset=iso88592>", "iso8859-2"),
        (b"<meta charset=utf-16>", "utf-8"),
        (b"<meta charset=utf-7>", "utf-8"),
        (b"<meta charset=rot13>", "utf-8"),
        (b"<meta charset='no such'>", "utf-8"),
        (b"<meta charset='\xff\0'>", "cp1252"),
    ],
)
def test_the_encoding_is_the_one_that_browsers_take(page: bytes, encoding: str) -> None:
    assert page_encoding(page) == encoding


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_encodings_are_refused(codec: str) -> None:
    with pytest.raises(PageNotDecodable, match="save it as UTF-8"):
        page_encoding("<p>a".encode(codec))


@pytest.mark.parametrize("label", ["iso-2022-jp", "ISO-2022-KR", "csiso2022jp", "hz-gb-2312"])
def test_encodings_with_shifts_are_refused(label: str) -> None:
    with pytest.raises(PageNotDecodable, match="save it as UTF-8"):
        page_encoding(f"<meta charset={label}>".encode())


def test_characters_that_the_encoding_lacks_become_references() -> None:
    assert encode_text("\u00e9\u65e5", "cp1252") == b"\xe9&#26085;"


def test_what_a_reference_would_change_becomes_the_replacement_character() -> None:
    assert encode_text("\x80\0\udc80", "cp1252") == b"&#65533;" * 3
    assert encode_text("\x80", "utf-8") == b"\xc2\x80"


def test_missing_characters_are_told() -> None:
    assert has_all_characters("\u20ac\0", "cp1252")
    assert not has_all_characters("\u65e5", "cp1252")
