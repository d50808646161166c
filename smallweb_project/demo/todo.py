"""Things to do: an app of htag, of which every visitor has one of their own, in a process of its own."""

from __future__ import annotations

from html import escape
from typing import Any

from htag import Tag

TAKE = b"this.elements.what.value"
STYLE = """
.entries { margin-top: 1rem; }
.entries li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
.entries li span { overflow-wrap: anywhere; }
.entries li button { margin: 0; }
"""


class Item(Tag.li):  # type: ignore[misc,unused-ignore]
    def init(self, text: str, done: Any) -> None:
        self.add(Tag.span(text))
        self.add(Tag.button("Done", _type="button", _onclick=done))


class Todo(Tag.body):  # type: ignore[misc,unused-ignore]
    """A list that is there again when the server was restarted: ``state`` is kept in Django's session."""

    statics = [
        Tag.link(_rel="stylesheet", _href="/style.css"),
        Tag.link(_rel="icon", _href="/icon.svg", _type="image/svg+xml"),
        STYLE,
    ]

    def init(self) -> None:
        self._items = Tag.ul(_class="entries")
        form = Tag.form(_onsubmit=self.bind.add_item(TAKE) + "this.reset();return false")
        form.add(Tag.input(_name="what", _maxlength=100, _required=True, **{"_aria-label": "What is to do"}))
        form.add(Tag.button("Add"))
        main = Tag.main(Tag.h1("Things to do"))
        main.add(Tag.p("Plain Python, in a process of yours. Open it twice: both pages show the same list."))
        main.add([form, self._items, Tag.p(Tag.a("Back to the first page", _href="/"))])
        self.add(main)
        self._show()

    def add_item(self, text: str) -> None:
        self.state["items"] = [*self.state.get("items", []), str(text)[:100]]
        self._show()

    def remove_item(self, place: int) -> None:
        items = list(self.state.get("items", []))
        self.state["items"] = items[:place] + items[place + 1 :]
        self._show()

    def _show(self) -> None:
        self._items.clear()  # htag takes texts for HTML
        for place, text in enumerate(self.state.get("items", [])):
            self._items.add(Item(escape(text), self.bind.remove_item(place)))
