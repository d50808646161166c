"""``manage.py smallweb_dispatch``: controllers from a shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from ....core.management.people import user_named
from ...describe import place_of
from ...exceptions import CannotDispatch
from ...in_process import Reply, call_path
from ...openapi import document_for
from ...options import METHODS
from ...paths import base_path
from ...services.explain_url import Explanation, explain_url
from ...services.list_endpoints import Listed, list_endpoints
from ...services.new_controller import choose_folder, new_controller


class Command(BaseCommand):
    help = "List, explain, call and describe what URLs reach, and write new controllers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="list the methods of controllers, and who may call them")
        listing.add_argument("--json", action="store_true", help="as JSON")
        explain = actions.add_parser("url", help="which code a URL reaches, and who may call it")
        explain.add_argument("url", metavar="URL")
        explain.add_argument("--method", default="GET", type=str.upper, choices=[*METHODS, "HEAD"])
        call = actions.add_parser("call", help="call a path, as a visitor or as a user, and print the body")
        call.add_argument("path", metavar="PATH")
        call.add_argument("values", nargs="*", metavar="NAME=VALUE", help="of the query, or of the form")
        call.add_argument("--json", metavar="JSON", help="the body")
        call.add_argument("--method", default="", type=str.upper, choices=["", *METHODS, "HEAD"])
        openapi = actions.add_parser("openapi", help="the OpenAPI document, of all or for a user")
        openapi.add_argument("-o", "--output", metavar="FILE", help="write it there, not to the terminal")
        new = actions.add_parser("new", help="write a new controller")
        new.add_argument("path", metavar="folder/library/Class")
        new.add_argument("--app", help="the app, by name or label; without it, the only one with controllers")
        for name in ("list", "url", "call", "openapi"):
            actions.choices[name].add_argument("--user", metavar="NAME", help="the user who asks")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        name = options.get("user")
        options["user"] = None if name is None else user_named(name)
        try:
            getattr(self, f"_{action}")(options)
        except CannotDispatch as error:
            raise CommandError(str(error), returncode=1) from error

    def _list(self, options: dict[str, Any]) -> None:
        listed = list_endpoints(options["user"])
        if options["json"]:
            self._print([asdict(one) for one in listed])
            return
        for class_name, methods in groupby(listed, lambda one: one.path.rpartition("/")[0]):
            self.stdout.write(class_name)
            for one in methods:
                self.stdout.write(f"  {_line(one)}")

    def _url(self, options: dict[str, Any]) -> None:
        url = options["url"]
        try:
            told = explain_url(url, method=options["method"], user=options["user"])
        except ValueError as error:
            raise CommandError(f"{url!r} is no URL: {error}.", returncode=1) from error
        for name, text in _told(told, is_asked=options["user"] is not None):
            self.stdout.write(f"{name:8} {text}")
        if not told.code:
            raise CommandError(f"{told.path} reaches no code.", returncode=1)

    def _call(self, options: dict[str, Any]) -> None:
        body = options["json"]
        reply = async_to_sync(call_path)(
            options["path"],
            user=options["user"] or AnonymousUser(),
            method=options["method"],
            values=_values(options["values"]),
            json=None if body is None else body.encode(),
        )
        self._print_body(reply)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            words = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else ""
            raise CommandError(f"The answer has the status {reply.status} {words}".rstrip(), returncode=1)

    def _openapi(self, options: dict[str, Any]) -> None:
        document = document_for(options["user"])
        if options["output"] is None:
            self._print(document)
        else:
            Path(options["output"]).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def _new(self, options: dict[str, Any]) -> None:
        file = new_controller(options["path"], folder=choose_folder(options["app"]))
        self.stdout.write(f"{file} is written; when the site has started anew, there are")
        for name, method in (("hello", "GET"), ("add", "POST"), ("count", "POST")):
            self.stdout.write(f"  {method:5} {base_path()}{options['path']}/{name}")

    def _print(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False))

    def _print_body(self, reply: Reply) -> None:
        binary = getattr(self.stdout, "buffer", None)
        if binary is not None and not self.stdout.isatty():
            binary.write(reply.body)
            binary.flush()
        else:
            self.stdout.write(reply.body.decode("utf-8", "replace"))


def _values(texts: list[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise CommandError(f"{text!r} is no NAME=VALUE.")
        values.setdefault(name, []).append(value)
    return values


def _line(one: Listed) -> str:
    marks = ["task"] * one.is_task + ["private"] * one.is_private
    if one.is_allowed is not None:
        marks.append("may" if one.is_allowed else "may not")
    rule = f"{one.rule or 'off'} ({one.said_by or 'settings'})"
    shown = one.path.rpartition("/")[2] + one.signature
    return f"{shown:60} {'|'.join(one.methods):8} {'  '.join([rule, *marks])}"


def _told(told: Explanation, *, is_asked: bool) -> Iterator[tuple[str, str]]:
    if told.code:
        yield "reaches", told.code
    if told.endpoint is None:
        yield "note", told.instead
        return
    yield "in", place_of(told.endpoint)
    yield "rule", f"{told.rule} ({told.rule_at or 'settings'})"
    if is_asked:
        yield "answered", "no" if told.denials else "yes"
    yield from (("but", denial) for denial in told.denials)
