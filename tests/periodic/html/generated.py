"""Pages as people write them: end tags left out, odd quotes, ids where no element is, old encodings."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

ENCODINGS = {"utf-8": "utf-8", "windows-1252": "cp1252", "iso-8859-2": "iso8859-2", "shift_jis": "cp932"}
WORDS = {
    "utf-8": "load caf\u00e9 \u65e5\u672c &amp; &copy 21.2 &deg;C AT&T x<3 \U0001f600 a&lt;b",
    "windows-1252": "load caf\u00e9 \u20ac &amp; &copy 21.2 &deg;C AT&T x<3 na\u00efve",
    "iso-8859-2": "load \u0142\u00f3d\u017a &amp; &copy 21.2 &deg;C AT&T x<3",
    "shift_jis": "load \u65e5\u672c \u8868\u793a &amp; &copy 21.2 &deg;C AT&T x<3",
}


@dataclass(frozen=True)
class GeneratedPage:
    content: bytes
    encoding: str
    ids: list[str]

    @property
    def text(self) -> str:
        return self.content.decode(self.encoding).removeprefix("\ufeff")


def generate(seed: int, *, size: int = 14, faults: float = 0.0) -> GeneratedPage:
    """Return a page of about ``size`` blocks; ``faults`` is the share of missing or wrong end tags."""
    return _Writer(random.Random(seed), faults).page(size)


class _Writer:
    def __init__(self, chance: random.Random, faults: float) -> None:
        self.chance = chance
        self.faults = faults
        self.label = chance.choice(["utf-8", "utf-8", *ENCODINGS])
        self.words = WORDS[self.label].split()
        self.ids: list[str] = []
        self.upper = chance.random() < 0.1
        self.omits = chance.choice([0.0, 0.4, 0.4, 0.9])

    def page(self, size: int) -> GeneratedPage:
        body = "".join(self.block(3) for _ in range(size))
        text = self.head() + body
        if self.chance.random() < 0.7:
            text += "</body>\n</html>\n"
        if self.chance.random() < 0.3:
            text = text.replace("\n", "\r\n")
        mark = "\ufeff" if self.label == "utf-8" and self.chance.random() < 0.1 else ""
        codec = ENCODINGS[self.label]
        return GeneratedPage((mark + text).encode(codec), codec, self.ids)

    def head(self) -> str:
        doctype = self.chance.choice(
            ["<!doctype html>\n"] * 4 + ["", '<!DOCTYPE html PUBLIC "-//IETF//DTD HTML//EN">\n']
        )
        quote = self.chance.choice(["", '"', "'"])
        meta = f"<meta charset={quote}{self.label}{quote}>\n"
        title = f"<title{self.attributes('')}>{self.word()} <b id=fake1>no tag</b></title>\n"
        style = "<style>#fake2 > p::before { content: '<p id=fake2>' }</style>\n"
        comment = "<!-- <p id=fake3>old</p> -- > -->\n"
        body = "<body>\n" if self.chance.random() < 0.6 else ""
        opening = self.chance.choice(["<html lang=en>\n<head>\n", "<html><head>", ""])
        closing = "</head>\n" if "<head>" in opening and self.chance.random() < 0.6 else ""
        return doctype + opening + meta + title + style + comment + closing + body

    def word(self) -> str:
        return self.chance.choice(self.words)

    def text(self) -> str:
        return " ".join(self.word() for _ in range(self.chance.randint(1, 4)))

    def attributes(self, extra: str) -> str:
        chance, parts = self.chance, [extra] if extra else []
        if chance.random() < 0.5:
            parts.append(
                chance.choice(
                    [
                        'class="a  b"',
                        "class=a",
                        "hidden",
                        "data-x='<p id=fake4>'",
                        'title="a>b"',
                        "style='color: red;top:1px'",
                    ]
                )
            )
        if chance.random() < 0.6:
            tag_id = f"i{len(self.ids)}"
            self.ids.append(tag_id)
            form = chance.choice(["id={0}", 'id="{0}"', "id='{0}'", "ID={0}", "id = {0}", "id=\n'{0}'"])
            parts.insert(chance.randint(0, len(parts)), form.format(tag_id))
            if chance.random() < 0.05:
                parts.append("id=fake5")
        return "".join(chance.choice([" ", " ", "  ", "\n  "]) + part for part in parts)

    def element(self, name: str, content: str, *, optional: bool = False, extra: str = "") -> str:
        shown = name.upper() if self.upper else name
        end = f"</{shown}>"
        if optional and self.chance.random() < self.omits:
            end = ""
        elif self.chance.random() < self.faults:
            end = self.chance.choice(["", "", "</b>", "</div>", "</p>", "</span>", end + end])
        elif self.chance.random() < 0.03:
            end = f"</{shown}\n >"
        return f"<{shown}{self.attributes(extra)}>{content}{end}"

    def inline(self, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.4:
            return self.text()
        makers: list[Callable[[], str]] = [
            lambda: self.element(
                self.chance.choice(["b", "i", "em", "code", "span", "span", "small", "kbd", "q"]),
                self.inlines(depth - 1),
            ),
            lambda: self.element("span", self.inlines(depth - 1)),
            lambda: self.element("a", self.text(), extra="href='?a=1&copy=2'"),
            lambda: (
                f"<br{self.chance.choice(['', '/', ' /'])}>"
                f"<img src=x.png alt='<i id=fake6>'{self.attributes('')}>"
            ),
            lambda: self.element("output", "") + self.element("time", self.text()),
            lambda: self.element(
                "svg",
                f"<title>t</title><circle r=4 />{self.element('text', self.text())}<path d=''/>"
                + self.element("g", "<linearGradient />"),
                extra="viewBox='0 0 9 9'",
            ),
            lambda: self.element("math", "<mi>x</mi><mo>&lt;</mo><mn>4</mn>"),
            lambda: self.element(
                "ruby",
                self.text()
                + self.element("rt", self.word(), optional=True)
                + self.word()
                + self.element("rt", self.word()),
            ),
            lambda: (
                self.element("button", self.inline(0))
                + self.element("label", "n <input type=text value='<b id=fake7>'>")
            ),
            lambda: self.element(
                "select", "".join(self.element("option", self.word(), optional=True) for _ in range(3))
            ),
            lambda: self.element("textarea", "<p id=fake8>not a tag</p>"),
            lambda: "<!-- <b id=fake9> -->" + self.element("object", self.text()),
            lambda: f"<script{self.attributes('')}>var a = '<p id=fake10></p>'; // <!-- </script>",
        ]
        return self.chance.choice(makers)()

    def inlines(self, depth: int) -> str:
        return " ".join(self.inline(depth) for _ in range(self.chance.randint(1, 3)))

    def block(self, depth: int) -> str:
        if depth <= 0:
            return self.element("p", self.inlines(1), optional=True) + "\n"
        makers: list[Callable[[], str]] = [
            lambda: self.element("p", self.inlines(2), optional=True),
            lambda: self.element("p", self.inlines(2), optional=True),
            lambda: self.element(self.chance.choice(["h1", "h2", "h3"]), self.inlines(1)),
            lambda: self.element(
                self.chance.choice(["div", "section", "article", "aside", "main", "details"]),
                "\n" + self.blocks(depth - 1),
            ),
            lambda: self.items(depth),
            lambda: self.descriptions(),
            lambda: self.table(depth),
            lambda: self.element("pre", "\n" + self.text() + "\n  two"),
            lambda: self.element("blockquote", self.blocks(depth - 1)),
            lambda: self.element(
                "form", self.blocks(0) + "<input name=a>" + self.element("fieldset", self.inlines(1))
            ),
            lambda: "<template><p id=i0>hidden</p><tr id=i1><td id=fake11>x</template>",
            lambda: "<hr>" + self.element("nav", self.items(depth)),
            lambda: self.element("figure", "<img src=y.png>" + self.element("figcaption", self.inlines(1))),
            lambda: (
                f"<iframe src=x{self.attributes('')}><p id=fake12></iframe>"
                f"<noscript><p id=fake13>{self.text()}</p></noscript>"
            ),
            lambda: self.element("my-gauge", self.inlines(1)),
        ]
        return self.chance.choice(makers)() + "\n"

    def blocks(self, depth: int) -> str:
        return "".join(self.block(depth) for _ in range(self.chance.randint(1, 3)))

    def items(self, depth: int) -> str:
        def item() -> str:
            content = (
                self.inlines(1)
                if self.chance.random() < 0.7 or depth < 2
                else self.inline(0) + self.items(depth - 1)
            )
            return self.element("li", content, optional=True) + "\n"

        return self.element(
            self.chance.choice(["ul", "ol"]), "\n" + "".join(item() for _ in range(self.chance.randint(1, 4)))
        )

    def descriptions(self) -> str:
        pairs = [
            self.element("dt", self.inlines(1), optional=True)
            + self.element("dd", self.inlines(1), optional=True)
            for _ in range(2)
        ]
        return self.element("dl", "\n".join(pairs))

    def table(self, depth: int) -> str:
        def row(cell: str) -> str:
            cells = [
                self.element(
                    cell,
                    self.inlines(1) if depth < 2 or self.chance.random() < 0.8 else self.block(depth - 2),
                    optional=True,
                )
                for _ in range(2)
            ]
            return self.element("tr", "".join(cells), optional=True) + "\n"

        head = self.element("thead", row("th"), optional=True) if self.chance.random() < 0.5 else ""
        caption = self.element("caption", self.inlines(1)) if self.chance.random() < 0.3 else ""
        columns = "<colgroup><col><col>" if self.chance.random() < 0.2 else ""
        rows = "".join(row("td") for _ in range(self.chance.randint(1, 3)))
        body = self.element("tbody", rows, optional=True) if head or self.chance.random() < 0.5 else rows
        return self.element("table", "\n" + caption + columns + head + body)
