"""``manage.py smallweb_sessions``: the running apps of visitors on this machine, without the admin."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from ....core.durations import EMPTY, duration_text
from ....core.exceptions import SmallwebError
from ....core.management.people import user_named
from ...services.manage_sessions import (
    SeenSession,
    end_sessions,
    find_one,
    list_sessions,
    log_of,
    tell_sessions,
)
from ...services.visitor import visitor_of

_ROW = "{:<12}  {:<16} {:<16} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>4} {:>6}  {}"
_HEAD = ("id", "app", "user", "pid", "age", "idle", "busy", "cpu", "memory", "tabs", "acts", "last error")


class Command(BaseCommand):
    help = "Show and end the running apps of visitors, read their logs, send them messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        listing = commands.add_parser("list", help="what runs on this machine, the oldest first")
        listing.add_argument("--ended", action="store_true", help="those that have ended of late instead")
        listing.add_argument("--json", action="store_true", help="for programs")
        kill = commands.add_parser("kill", help="end sessions; who does not end is killed 2 s later")
        kill.add_argument("ids", nargs="*", metavar="ID", help="or how one begins, as 'list' shows it")
        logs = commands.add_parser("logs", help="the newest of what a session has printed, an ended one, too")
        logs.add_argument("id", metavar="ID")
        tell = commands.add_parser("tell", help="show a message on open pages of htag 1")
        tell.add_argument("text")
        tell.add_argument("ids", nargs="*", metavar="ID")
        for command in (listing, kill, tell):
            command.add_argument("--user", help="those of this user")
            command.add_argument("--app", help="those of this app")
        for command in (kill, tell):
            command.add_argument("--all", action="store_true", help="all of this machine")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['command']}")(options)
        except SmallwebError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        listed = list_sessions(ended=options["ended"], **_filters(options))
        shown = listed.ended if options["ended"] else listed.sessions
        if options["json"]:
            self.stdout.write(json.dumps([_for_programs(one) for one in shown]))
        elif not listed.has_host:
            self.stdout.write("No app host runs, and so no session; one is started with the first visitor.")
        else:
            self.stdout.write(_ROW.format(*_HEAD[:-1], "reason" if options["ended"] else _HEAD[-1]))
            now = time.time()
            for one in shown:
                self.stdout.write(_line(one, now=now).rstrip())

    def _kill(self, options: dict[str, Any]) -> None:
        count = end_sessions(reason="ended by an operator", **_chosen(options))
        self.stdout.write(f"{count} {'session is' if count == 1 else 'sessions are'} ended.")

    def _logs(self, options: dict[str, Any]) -> None:
        self.stdout.write(log_of(find_one(options["id"])), ending="")

    def _tell(self, options: dict[str, Any]) -> None:
        count = tell_sessions(options["text"], **_chosen(options))
        self.stdout.write(f"{count} {'session shows' if count == 1 else 'sessions show'} it.")


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was chosen. Raises CommandError where nothing was, SessionGone for an id of none."""
    filters = _filters(options)
    if options["ids"]:
        return {**filters, "ids": [_running(given).id for given in options["ids"]]}
    if not filters and not options["all"]:
        raise CommandError("Say which: ids, --user, --app or --all.")
    return filters


def _filters(options: dict[str, Any]) -> dict[str, Any]:
    user = {"visitor": visitor_of(user_named(options["user"]))} if options["user"] else {}
    return {**user, **({"app": options["app"]} if options["app"] else {})}


def _running(given: str) -> SeenSession:
    found = find_one(given)
    if found.ended_at:
        raise CommandError(f"The session {found.short_id} has ended: {found.end_reason or 'by itself'}.")
    return found


def _line(one: SeenSession, *, now: float) -> str:
    return _ROW.format(
        one.short_id,
        one.app[:16],
        one.who[:16],
        one.pid,
        duration_text((one.ended_at or now) - one.started_at),
        EMPTY if one.ended_at else duration_text(one.idle_s),
        duration_text(one.busy_s) if one.busy_s else EMPTY,
        duration_text(one.cpu_s) if one.cpu_s else EMPTY,
        filesizeformat(one.memory_bytes).replace("\N{NO-BREAK SPACE}", " ") if one.memory_bytes else EMPTY,
        one.tabs,
        one.interactions,
        one.end_reason or " ".join(one.last_error.split())[:80],
    )


def _for_programs(one: SeenSession) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), "id": one.short_id}
