"""The open elements of a page while its tags go by, and what their content leaves behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass

from . import names

_LASTING = frozenset({b"applet", b"marquee", b"object"})
"""Left without an end tag they change how the rest of the page is read."""
_WATCHED = names.FORMATTING | names.MARKERS | _LASTING


@dataclass(slots=True)
class Span:
    """Where one element stands in the page: offsets in bytes, ``end`` after the last byte of its content.

    ``risky`` says why replacing its content might change more than this element; it is empty for an
    element with a clear boundary. ``is_copied`` says that browsers repeat its start tag further on.
    ``context`` holds the elements that are open around it and itself.
    """

    start: int
    content_start: int
    name: bytes
    namespace: bytes
    context: tuple[Element, ...] = ()
    form_is_open: bool = False
    quirks: bool = True
    end: int = -1
    is_closed: bool = False
    is_void: bool = False
    is_copied: bool = False
    risky: str = ""

    @property
    def may_stay_open(self) -> bool:
        """Whether HTML lets authors leave out the end tag of this element."""
        return self.namespace == b"html" and self.name in names.OPTIONAL_END


def _text(name: bytes) -> str:
    return name.decode("latin-1")


class Element:
    """An open element; ``is_html_inside``: its content is HTML, as it is in an svg's foreignObject, too."""

    __slots__ = ("dangling_start", "is_html", "is_html_inside", "name", "namespace", "span")
    dangling_start: int

    def __init__(self, name: bytes, namespace: bytes = b"html", is_html_inside: bool = True) -> None:
        self.name = name
        self.namespace = namespace
        self.is_html = namespace == b"html"
        self.is_html_inside = is_html_inside
        self.span: Span | None = None

    @property
    def is_special(self) -> bool:
        """Whether the element is in the standard's category of that name."""
        return self.name in names.SPECIAL if self.is_html else self.is_html_inside


class OpenElements:
    """The stack of open elements.

    ``dangling`` holds the names of formatting elements that were left without an end tag: browsers
    open them again in front of the next text. Those from ``dangling_start`` on count here, the others
    lie outside of the current table cell or object.
    """

    def __init__(self) -> None:
        self.stack: list[Element] = []
        self.spans: list[Span] = []
        self.counts: defaultdict[bytes, int] = defaultdict(int)
        self.dangling: list[bytes] = []
        self.dangling_start = 0
        self.form_is_open = False
        self.quirks = True
        self.is_foreign = False
        self.doubt = ""

    def is_open(self, name: bytes) -> bool:
        return self.counts.get(name, 0) > 0

    def push(self, element: Element) -> None:
        self.stack.append(element)
        name = element.name
        self.is_foreign = not element.is_html_inside
        if element.is_html:
            self.counts[name] += 1
            if name in names.MARKERS:
                element.dangling_start, self.dangling_start = self.dangling_start, len(self.dangling)

    def pop_to(self, depth: int, at: int, *, closed: bool = False) -> None:
        """Close the elements from ``depth`` up; ``closed``: the lowest one by its own end tag."""
        if self.counts.get(b"select"):
            self._doubt_open_select(depth, closed=closed)
        while len(self.stack) > depth + 1:
            self._pop(at, closed=False, dangles=True)
        if len(self.stack) > depth:
            self._pop(at, closed=closed, dangles=not closed)
        self.is_foreign = bool(self.stack) and not self.stack[-1].is_html_inside

    def close_top(self, at: int) -> None:
        """Close the current element by its own end tag, which is what most end tags do."""
        element = self.stack[-1]
        if element.span is not None or (element.is_html and element.name in _WATCHED):
            self.pop_to(len(self.stack) - 1, at, closed=True)
            return
        self.stack.pop()
        if element.is_html:
            self.counts[element.name] -= 1
        self.is_foreign = bool(self.stack) and not self.stack[-1].is_html_inside

    def pop_top(self, at: int) -> None:
        self.pop_to(len(self.stack) - 1, at)

    def supersede(self, depth: int, at: int) -> None:
        """Close the formatting element at ``depth`` for good, because another of its name begins."""
        self.pop_to(depth + 1, at)
        self._pop(at, closed=False, dangles=False)

    def drop(self, depth: int, at: int, *, closed: bool) -> None:
        """Take one element out of the middle; browsers now move content about, which makes spans risky."""
        element = self.stack.pop(depth)
        reason = f"<{_text(element.name)}> and the tags in it overlap"
        for other in (element, *self.stack[depth:]):
            if other.span is not None:
                other.span.risky = other.span.risky or reason
        self._uncount(element)
        if element.span is not None:
            self._close_span(element.span, at, closed=closed)

    def forget_formatting(self, name: bytes) -> None:
        """An end tag for a formatting element that is left dangling: it does not come back."""
        for index in range(len(self.dangling) - 1, self.dangling_start - 1, -1):
            if self.dangling[index] == name:
                del self.dangling[index]
                return

    def find(self, wanted: Container[bytes], barriers: Container[bytes]) -> int:
        """Return the depth of the nearest of these elements that no barrier hides, or -1."""
        stack = self.stack
        for depth in range(len(stack) - 1, -1, -1):
            element = stack[depth]
            if not element.is_html:
                if element.is_html_inside and barriers is not names.TABLE_SCOPE:
                    return -1
            elif element.name in wanted:
                return depth
            elif element.name in barriers:
                return -1
        return -1

    def find_in_scope(self, name: bytes) -> int:
        return self.find((name,), names.SCOPE) if self.is_open(name) else -1

    def find_in_table(self, name: bytes) -> int:
        return self.find((name,), names.TABLE_SCOPE) if self.is_open(name) else -1

    def leave_foreign(self, at: int) -> None:
        """Close svg and math elements up to where HTML is understood again."""
        depth = len(self.stack)
        while depth and not self.stack[depth - 1].is_html_inside:
            depth -= 1
        self.pop_to(depth, at)

    def open_span(self, span: Span, element: Element) -> None:
        """Begin a span whose element is being pushed."""
        element.span = span
        self.spans.append(span)
        span.context = (*self.stack, element)
        span.form_is_open = self.form_is_open
        span.quirks = self.quirks
        if element.is_html and element.name in names.STRUCTURE:
            span.risky = f"<{_text(element.name)}> is part of the page's structure and holds no text"
        elif self.doubt:
            span.risky = self.doubt
        elif self.is_open(b"select") and element.name != b"option":
            span.risky = "it stands in a <select>"
        elif len(self.dangling) > self.dangling_start:
            span.risky = f"<{_text(self.dangling[-1])}> before it is never closed"

    def _doubt_open_select(self, depth: int, *, closed: bool) -> None:
        """Its options, too, are in doubt, so this comes before they are popped."""
        inside = self.stack[depth + 1 :] if closed else self.stack[depth:]
        if any(element.name == b"select" for element in inside):
            self.doubt = "<select> is never closed"

    def _pop(self, at: int, *, closed: bool, dangles: bool) -> None:
        element = self.stack.pop()
        watched = element.is_html and element.name in _WATCHED
        if watched and element.name in names.MARKERS:
            del self.dangling[self.dangling_start :]
            self.dangling_start = element.dangling_start
        if watched and not closed and element.name in _LASTING:
            self.doubt = f"<{_text(element.name)}> is never closed"
        if element.span is not None:
            self._close_span(element.span, at, closed=closed)
        if watched and dangles and element.name in names.FORMATTING:
            self.dangling.append(element.name)
            if element.span is not None:
                element.span.is_copied = True
        self._uncount(element)

    def _uncount(self, element: Element) -> None:
        if element.is_html:
            self.counts[element.name] -= 1

    def _close_span(self, span: Span, at: int, *, closed: bool) -> None:
        if self.spans[-1] is span:
            self.spans.pop()
        else:
            self.spans.remove(span)
        if span.end >= 0:
            span.risky = span.risky or "something follows </body>"
        else:
            span.end, span.is_closed = at, closed
        if span.risky:
            return
        if len(self.dangling) > self.dangling_start:
            span.risky = f"<{_text(self.dangling[-1])}> inside it is never closed"
        elif self.form_is_open != span.form_is_open:
            span.risky = "a <form> begins or ends inside it without its other tag"
        elif self.doubt:
            span.risky = self.doubt
        elif not span.is_closed and not span.may_stay_open:
            span.risky = f"<{_text(span.name)}> is never closed"
