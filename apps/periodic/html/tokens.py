"""Tags, comments and raw text of a page, found in its bytes by the tokenizer rules of the HTML standard.

All of this works on the bytes of any encoding in which ``< > & " ' = /`` and white space are what
they are in ASCII. Every expression is possessive, so that no input takes more than linear time.
Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

from __future__ import annotations

import html.entities
import re
from functools import lru_cache

_VALUE = rb"\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|(?=>)|[^\t\n\f\r >\"'][^\t\n\f\r >]*+|\Z"
_ATTRIBUTES = (
    rb"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:"
    + _VALUE
    + rb"))?+)*+"
)
TOKEN = re.compile(
    rb"<(?:(/?)([A-Za-z][^\t\n\f\r />]*+)(" + _ATTRIBUTES + rb")(>|\Z)"
    rb"|!--(?:-?>|.*?(?:--!?>|\Z))"
    rb"|(!\[CDATA\[)"
    rb"|[!?][^>]*+(?:>|\Z)|/[^A-Za-z>][^>]*+(?:>|\Z)|/>)",
    re.DOTALL,
)
"""Groups: 1 slash of an end tag, 2 name, 3 attributes, 4 ``>`` (empty: the page ends in the tag), 5 CDATA."""

ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    rb"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*+)|\Z))?+"
)
"""Groups: 1 name; 2, 3 or 4 the value in double, single or no quotes (none: no value)."""

_SCRIPT = re.compile(rb"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)
REFERENCE = re.compile(r"&(?:#[xX][0-9a-fA-F]+;?|#[0-9]+;?|([A-Za-z][A-Za-z0-9]*(?:;|(?![A-Za-z0-9=]))))")
"""A character reference in an attribute's value; group 1 the name, if it has one."""
_NO_QUIRKS = re.compile(rb"<!doctype[\t\n\f\r ]*html[\t\n\f\r >]", re.IGNORECASE)
_OLD_DOCTYPE = re.compile(
    rb"[+-]//(?:w3c//dtd html (?:3|experimental|4\.01? (?:frameset|transitional))|advasoft|as//|ietf|metrius"
    rb"|microsoft|netscape|o'reilly|silmaril|softquad|spyglass|sq//|sun micro|w3o|webtechs)"
    rb"|-/w3c/dtd html 4\.0 |public[\t\n\f\r ]*[\"']html[\"']",
    re.IGNORECASE,
)


def attribute_value(match: re.Match[bytes]) -> bytes:
    """Return the raw value, character references untouched, of one ``ATTRIBUTE`` match."""
    for group in (2, 3, 4):
        if match[group] is not None:
            return match[group]
    return b""


def find_attribute(attributes: bytes, name: bytes) -> re.Match[bytes] | None:
    """Return the first attribute with this lower-case name: the one that counts in HTML."""
    for match in ATTRIBUTE.finditer(attributes):
        if match[1].lower() == name:
            return match
    return None


def unescape_attribute(text: str) -> str:
    """Return the value of an attribute with its character references decoded."""

    def decode(match: re.Match[str]) -> str:
        return html.entities.html5.get(match[1], match[0]) if match[1] else html.unescape(match[0])

    return REFERENCE.sub(decode, text)


@lru_cache(maxsize=32)
def _end_tag(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"</" + re.escape(name) + rb"(?=[\t\n\f\r />])", re.IGNORECASE)


def raw_text_end(page: bytes, *, start: int, name: bytes) -> int:
    """Return the offset of the end tag of an element whose content is text, or the page's length."""
    if name == b"script":
        return _script_end(page, start)
    if name == b"plaintext":
        return len(page)
    match = _end_tag(name).search(page, start)
    return match.start() if match else len(page)


def _script_end(page: bytes, start: int) -> int:
    """``<!-- <script>`` inside a script hides one ``</script>``."""
    escaped = nested = False
    while match := _SCRIPT.search(page, start):
        start = match.end()
        if match[0] == b"<!--":
            if not escaped:
                escaped, start = True, match.start() + 2
        elif match[0] == b"-->":
            escaped = nested = False
        elif match[1] and not nested:
            return match.start()
        elif escaped:
            nested = not match[1]
    return len(page)


def doctype_asks_for_quirks(doctype: bytes) -> bool:
    """Return whether a page with this doctype is in quirks mode, where tables stay in paragraphs."""
    if not _NO_QUIRKS.match(doctype):
        return True
    old = _OLD_DOCTYPE.search(doctype)
    if old is None:
        return False
    with_system_id = b"http" in doctype.lower()
    return not (b"4.01" in old[0] and with_system_id)
