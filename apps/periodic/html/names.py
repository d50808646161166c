"""Element names, grouped as the tree construction rules of the HTML standard group them.

Source: https://html.spec.whatwg.org/multipage/parsing.html
"""

from __future__ import annotations


def _names(text: str) -> frozenset[bytes]:
    return frozenset(text.encode().split())


HEADINGS = _names("h1 h2 h3 h4 h5 h6")
VOID = _names(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr"
)
RAW_TEXT = _names("iframe noembed noframes noscript plaintext script style textarea title xmp")
FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
MARKERS = _names("applet caption marquee object td template th")
SCOPE = MARKERS | _names("html select table")
BUTTON_SCOPE = SCOPE | _names("button")
LIST_SCOPE = SCOPE | _names("ol ul")
TABLE_SCOPE = _names("html table template")
CELLS = _names("caption td th")
TABLE_PARTS = _names("caption col colgroup tbody td tfoot th thead tr")
TABLE_SECTIONS = _names("tbody tfoot thead")
IMPLIED_END = _names("dd dt li optgroup option p rb rp rt rtc")
OPTIONAL_END = IMPLIED_END | TABLE_PARTS | _names("body head html")
HEAD_CONTENT = _names(
    "base basefont bgsound head html link meta noframes noscript script style template title"
)
CLOSES_P = HEADINGS | _names(
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form header hgroup hr li listing main menu nav ol p plaintext pre search section"
    " summary ul xmp"
)
CLOSED_IN_SCOPE = _names(
    "address applet article aside blockquote button center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer header hgroup listing main marquee menu nav object ol pre search"
    " section select summary ul"
)
SPECIAL = (
    HEADINGS
    | VOID
    | TABLE_PARTS
    | CLOSED_IN_SCOPE
    | _names(
        "body form frameset head html iframe li noembed noframes noscript p plaintext script style table"
        " template textarea title xmp"
    )
)
ENDS_FOREIGN = HEADINGS | _names(
    "b big blockquote body br center code dd div dl dt em embed head hr i img li listing menu meta"
    " nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
)
MATHML_TEXT = _names("mi mn mo ms mtext")
SVG_HTML = _names("desc foreignobject title")
STARTS_WITH_NEWLINE = _names("listing pre textarea")

CODE = _names("iframe noembed noframes noscript plaintext script style template xmp")
"""Never a target for content: their text is code or raw, and no escape is understood there."""
TEXT_ONLY = _names("option textarea title")
"""Their content is text with character references, never tags (in options, some browsers drop them)."""
STRUCTURE = TABLE_PARTS - CELLS | _names("body frameset head html optgroup select table")
"""Browsers move or drop text that stands directly in them, or it would replace the page."""
