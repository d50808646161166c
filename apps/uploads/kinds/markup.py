"""Find HTML, SVG and XML by how they begin, as browsers do.

https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type has the tags. More counts
as HTML than there: behind a tag's name anything may come that ends it, and comments, instructions and the
doctype are passed over to find the first tag.
"""

from __future__ import annotations

import re

from .plain_text import utf_16_of

_UTF_8_MARK = "\xef\xbb\xbf"
_SPACES = "\t\n\f\r \ufeff"
_PROLOG = re.compile(
    rf"(?:[{_SPACES}]++|<!--.*?-->|<\?.*?\?>|<!doctype[^>\[]*+(?:\[[^\]]*+\]\s*+)?>)*+",
    re.IGNORECASE | re.DOTALL,
)
_ROOT = re.compile(r"<(?:[\w.-]{1,50}:)?(html|svg)(?![\w:.-])", re.IGNORECASE)
_TAG_OF_HTML = re.compile(
    r"<(?:head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)(?![\w:.-])", re.IGNORECASE
)
_DOCTYPE = re.compile(r"<!doctype\s+(?:(html|svg)(?![\w:.-]))?", re.IGNORECASE)


def markup_name(head: bytes) -> str | None:
    """Return html, svg or xml, in whatever encoding; None for anything that does not begin as they do."""
    text = head.decode(utf_16_of(head) or "latin-1", "replace").removeprefix(_UTF_8_MARK).lstrip(_SPACES)
    if not text.startswith("<"):
        return None
    rest = _PROLOG.sub("", text, count=1)
    prolog = text.removesuffix(rest)
    if root := _ROOT.match(rest):
        return root[1].lower()
    is_xml = text[:5].lower() == "<?xml"
    if not is_xml and _TAG_OF_HTML.match(rest):
        return "html"
    # Where no tag that is known follows, what came before says what the file is.
    if doctype := _DOCTYPE.search(prolog) or _DOCTYPE.match(rest):
        return doctype[1].lower() if doctype[1] else "xml"
    if is_xml:
        return "xml"
    return "html" if text.startswith("<!--") else None
