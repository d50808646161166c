"""``manage.py smallweb_rpc``: served objects from a shell, and typed clients for them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from ....core.management.people import user_named
from ....core.socket.protocol import RpcError
from ....core.socket.rights import Rights
from ...generate import GENERATORS
from ...services.ask import OperatorRights, ask, rights_of
from ...services.list_members import list_members


class Command(BaseCommand):
    help = "List, describe, call, get, set and delete what is served, and write typed clients."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        client = actions.add_parser("client", help="write a typed client of what a caller may use")
        which = client.add_mutually_exclusive_group(required=True)
        for ending, language in (("ts", "TypeScript"), ("js", "JavaScript"), ("py", "Python")):
            which.add_argument(
                f"--{ending}", dest="ending", action="store_const", const=ending, help=f"for {language}"
            )
        client.add_argument("-o", "--output", metavar="FILE", help="write it there, not to the terminal")
        actions.add_parser("list", help="list objects and members, and who may use them")
        describe = actions.add_parser("describe", help="what rpc.describe answers")
        describe.add_argument("path", nargs="?", metavar="PATH")
        call = actions.add_parser("call", help="call a method")
        call.add_argument("path", metavar="PATH")
        call.add_argument(
            "arguments", nargs="*", metavar="JSON", help="one array or object of arguments, or each by itself"
        )
        for verb in ("get", "set", "delete"):
            attribute = actions.add_parser(verb, help=f"{verb} an attribute")
            attribute.add_argument("path", metavar="PATH")
        actions.choices["set"].add_argument("value", metavar="JSON")
        for name in ("client", "describe", "call", "get", "set", "delete"):
            _add_caller(actions.choices[name])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except RpcError as error:
            raise CommandError(f"{error} ({error.rpc_code})", returncode=1) from error

    def _client(self, options: dict[str, Any]) -> None:
        text = GENERATORS[options["ending"]](self._ask(options, "rpc.discover"))
        if options["output"] is None:
            self.stdout.write(text, ending="")
        else:
            Path(options["output"]).write_text(text, encoding="utf-8")

    def _list(self, options: dict[str, Any]) -> None:
        for line in async_to_sync(list_members)():
            self.stdout.write(line)

    def _describe(self, options: dict[str, Any]) -> None:
        self._print(self._ask(options, "rpc.describe", [options["path"]]))

    def _call(self, options: dict[str, Any]) -> None:
        given = [_value(text) for text in options["arguments"]]
        params = given[0] if len(given) == 1 and isinstance(given[0], list | dict) else given
        self._print(self._ask(options, options["path"], params))

    def _get(self, options: dict[str, Any]) -> None:
        self._print(self._ask(options, "rpc.get", [options["path"]]))

    def _set(self, options: dict[str, Any]) -> None:
        self._print(self._ask(options, "rpc.set", [options["path"], _value(options["value"])]))

    def _delete(self, options: dict[str, Any]) -> None:
        self._print(self._ask(options, "rpc.delete", [options["path"]]))

    def _ask(self, options: dict[str, Any], method: str, params: Any = ()) -> Any:
        rights = _rights(options)

        async def asked() -> Any:
            return await ask(rights, method, params)

        return async_to_sync(asked)()

    def _print(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False))


def _add_caller(parser: ArgumentParser) -> None:
    caller = parser.add_mutually_exclusive_group()
    caller.add_argument(
        "--as", dest="user", metavar="USER", help="with the rights of this user, not with all"
    )
    caller.add_argument("--anonymous", action="store_true", help="with the rights of a visitor")


def _rights(options: dict[str, Any]) -> Rights:
    if options["anonymous"]:
        return rights_of(AnonymousUser())
    if options["user"] is None:
        return OperatorRights()
    return rights_of(user_named(options["user"]))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{text!r} is no JSON ({error}); a text stands in double quotes.") from error
