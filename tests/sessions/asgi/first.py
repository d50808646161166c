"""An app of htag 1."""

from __future__ import annotations

from htag import Tag


class App(Tag.div):  # type: ignore[misc,unused-ignore]
    def init(self) -> None:
        user = self.root.user
        name = f"{user.data['full_name']}, {user.data['email']}" if user.is_authenticated else "nobody"
        self.add(Tag.b(name))
