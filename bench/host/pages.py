"""Pages as people write them, of any size, with tags for jobs spread over them."""

from __future__ import annotations

import random
from pathlib import Path

from .scenario import Scenario

UNCHANGED = "not yet"
_TEXT = (
    "the weather station on our roof has been measuring wind rain and light since spring and every evening "
    "someone of us writes down what the garden did with it &amp; what we had for dinner"
)
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
</head>
<body>
"""


def write_pages(folder: Path, scenario: Scenario) -> None:
    """Write the scenario's pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(scenario.pages):
        name = scenario.page_name(number)
        tags = [scenario.tag_id(job) for job in scenario.jobs_of(number)]
        (folder / name).write_bytes(make_page(name, tags, size_bytes=scenario.page_bytes))


def make_page(title: str, tags: list[str], *, size_bytes: int) -> bytes:
    """Return a page of about this size; the tags stand at even distances."""
    rng = random.Random(title)
    head = _HEAD.format(title=title)
    parts, size = [head], len(head)
    for number, tag in enumerate(tags):
        part = f'<p class="reading">Reading {number}: <b id="{tag}">{UNCHANGED}</b></p>\n'
        parts.append(part)
        size += len(part)
        while size < size_bytes * (number + 1) / len(tags):
            part = _filler(rng)
            parts.append(part)
            size += len(part)
    return "".join([*parts, "</body>\n</html>\n"]).encode()


def _filler(rng: random.Random) -> str:
    day = rng.randrange(1, 366)
    words = _TEXT.split()
    text = [" ".join(rng.choices(words, k=rng.randrange(8, 25))) for _ in range(3)]
    return (
        f'<article class="entry" data-day="{day}">\n'
        f'  <h2><a href="/diary/{day}.html" title="Day {day}">Day {day}</a></h2>\n'
        f"  <p>{text[0]} <em>{text[1]}</em>.</p>\n"
        f'  <ul>\n    <li><img src="/img/{day}.jpg" alt="" width="320" height="200"> {text[2]}\n'
        f"    <li>{rng.random():.3f} &deg;C\n  </ul>\n</article>\n"
    )
