"""The controllers that a page of the docs shows, served, and its lines of curl, sent."""

from __future__ import annotations

import re
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from smallweb.core.access import access_rules
from smallweb.core.executions import tasks
from smallweb.dispatch.discovery import controllers_of
from smallweb.dispatch.registry import endpoints, register_controller
from tests.snippets import Snippet, snippets_of

FORM = "application/x-www-form-urlencoded"


class Shown(NamedTuple):
    """A command of a console, and what it prints there."""

    command: str
    output: str
    line: int


def controllers_on(page: Path) -> Iterator[tuple[str, Snippet]]:
    """Yield the path of each module of controllers that a page shows: ``folder/library``."""
    for snippet in snippets_of(page):
        found = re.fullmatch(r"\w+/controllers/(.+)\.py", snippet.title)
        if snippet.language == "python" and found:
            yield found[1], snippet


@contextmanager
def controllers_served(page: Path) -> Iterator[None]:
    """Serve the controllers that a page shows, and no others: the tests' own have some of their paths."""
    with endpoints.temporarily(), tasks.temporarily(), access_rules.temporarily():
        endpoints._entries.clear()
        tasks._entries.clear()
        for library, snippet in controllers_on(page):
            module = ModuleType("shown." + library.replace("/", "."))
            module.__file__ = str(page)
            sys.modules[module.__name__] = module  # dataclasses look for theirs there
            exec(compile(snippet.text, snippet.title, "exec"), vars(module))
            for controller in controllers_of(module):
                register_controller(controller, library=library)
        yield


def curls_on(page: Path) -> list[Shown]:
    """Return the lines of curl that a page shows, with what is printed."""
    found = []
    for snippet in snippets_of(page):
        if snippet.language == "console":
            parts = re.split(r"^\$ ", snippet.text, flags=re.MULTILINE)[1:]
            split = [part.partition("\n") for part in parts]
            found += [Shown(command, output, snippet.line) for command, _, output in split]
    return [shown for shown in found if shown.command.startswith("curl ")]


async def send(client: AsyncClient, command: str) -> Any:
    """Return the answer to a line of curl."""
    asked = _curl().parse_args(shlex.split(command)[1:])
    headers = {"accept": "*/*", **dict(text.split(": ", 1) for text in asked.header)}
    path = re.sub(r"^http://localhost:8000", "", asked.url)
    if asked.json or asked.data:
        kind = "application/json" if asked.json else FORM
        body = asked.json or "&".join(asked.data)
        return await client.generic(asked.request or "POST", path, body.encode(), kind, headers=headers)
    if asked.form:
        return await client.post(path, dict(map(_field, asked.form)), headers=headers)
    return await client.generic(asked.request or "GET", path, headers=headers)


def _curl() -> ArgumentParser:
    parser = ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-X", dest="request")
    parser.add_argument("--json")
    for letter, name in (("-d", "data"), ("-F", "form"), ("-H", "header")):
        parser.add_argument(letter, dest=name, action="append", default=[])
    return parser


def _field(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, SimpleUploadedFile(value[1:], b"12345") if value.startswith("@") else value
