"""Run the Python snippets of one Markdown page as one program: python -m tests.snippets PAGE."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple


class Snippet(NamedTuple):
    """A fenced block; ``line`` is the line of its first line of text, counted from 1."""

    language: str
    title: str
    text: str
    line: int


_FENCE = re.compile(
    r"""^(?P<indent> *)```(?P<language>\w+)(?:[^\n]*?title="(?P<title>[^"]+)")?[^\n]*\n"""
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


def snippets_of(page: Path) -> list[Snippet]:
    """Return the fenced blocks of a page that name their language."""
    markdown = page.read_text()
    return [
        Snippet(
            found["language"],
            found["title"] or "",
            re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
            markdown[: found.start("text")].count("\n") + 1,
        )
        for found in _FENCE.finditer(markdown)
    ]


def run_page(page: Path) -> None:
    """Execute the page's snippets; they share their names, but those for settings.py start from ours."""
    from tests import settings

    module = ModuleType("snippet")
    sys.modules[module.__name__] = module  # dataclasses look for theirs there
    names: dict[str, Any] = vars(module)
    for snippet in snippets_of(page):
        if snippet.language != "python":
            continue
        # Blank lines in front make a traceback point into the page.
        code = compile("\n" * (snippet.line - 1) + snippet.text, str(page), "exec")
        of_settings = snippet.title.endswith("settings.py")
        exec(code, dict(vars(settings)) if of_settings else names)


if __name__ == "__main__":
    import django

    django.setup()
    run_page(Path(sys.argv[1]))
