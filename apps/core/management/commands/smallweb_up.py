"""``manage.py smallweb_up``: the web server and the task workers under one supervisor, one Ctrl-C for all."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import NoReverseMatch, reverse

from ...code_watch import CodeWatch
from ...ports import address, free_port
from ...processes import manage
from ...services.first_admin import ensure_admin
from ...supervisor import Service, Supervisor
from ...up_services import wanted_services

_LOCAL = ("127.0.0.1", "0.0.0.0")  # noqa: S104


class Command(BaseCommand):
    help = "Migrate, make the first admin user, then run the web server and the task workers."

    _reloading = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--port", type=int, default=8000, help="the next free port is taken if it is in use"
        )
        parser.add_argument("--reload", action="store_true", help="start anew when the site's code changes")
        parser.add_argument("--open", action="store_true", help="open the browser")
        parser.add_argument(
            "--workers",
            type=int,
            default=None,
            help="tasks at once, in place of Q_CLUSTER",
        )

    def handle(self, *args: Any, host: str, port: int, workers: int | None, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        credentials = ensure_admin()
        wanted, port = port, free_port(host, port)
        if port != wanted:
            self._say(f"Port {wanted} of {host} is taken; {port} is used instead.")
        url = f"http://{address('localhost' if host in _LOCAL else host, port)}"
        own = manage()
        web = Service("web", [*own, "runserver", "--noreload", address(host, port)], ready=(host, port))
        worker = Service("worker", [*own, "qcluster", *(["--workers", str(workers)] if workers else [])])
        more = [Service(one.name, [*own, *one.arguments]) for one in wanted_services()]
        supervisor = Supervisor(
            [web, worker, *more],
            write=self._say,
            should_end=self._code_is_new(own) if options["reload"] else lambda: False,
        )
        supervisor.start()
        if supervisor.is_ready:
            self._greet(url, credentials)
        if options["open"] and supervisor.is_ready:
            webbrowser.open(url)
        if code := supervisor.wait():
            raise CommandError("A service could not be kept running; see above.", returncode=code)
        if self._reloading:
            arguments = [argument for argument in sys.argv if argument != "--open"]
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606

    def _code_is_new(self, own: list[str]) -> Callable[[], bool]:
        """Say yes once the site's code has changed and passes its checks; until then the old code runs on."""
        watch = CodeWatch()

        def is_new() -> bool:
            if watch.has_changed():
                self._say("The code has changed.")
                self._reloading = subprocess.run([*own, "check"], check=False).returncode == 0
                if not self._reloading:
                    self._say("The new code has a fault, see above; the old code runs on until you mend it.")
            return self._reloading

        return is_new

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _greet(self, url: str, credentials: tuple[str, str] | None) -> None:
        self.stdout.write(f"\n  Pages  {url}/")
        with suppress(NoReverseMatch):
            self.stdout.write(f"  Admin  {url}{reverse('admin:index')}")
        if credentials is not None:
            name, password = credentials
            self.stdout.write(f"  Login  {name} / {password}   (printed only this once)")
        self.stdout.write("  Stop   Ctrl-C\n")
        self.stdout.flush()
