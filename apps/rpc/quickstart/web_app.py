"""``RPCWebApp(sample=sample).run()``."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from ...core.ports import address, free_port
from ..exceptions import CannotServe
from .config import Instance, read_config
from .project import settings_of, site_of_script

_LOCAL = ("", "127.0.0.1", "0.0.0.0")  # noqa: S104


class RPCWebApp:
    """A site of one script: everything public of these objects, for everyone who reaches the address.

    By default that is this machine alone. ``config`` has the keys of wispyobserver, as a dict or as a JSON,
    TOML or YAML file. Raises CannotServe for one that cannot be used, and inside a Django project, whose
    objects are served by ``serve`` in a ``backend.py``.
    """

    def __init__(self, *, config: Mapping[str, Any] | str | Path | None = None, **objects: Any) -> None:
        if settings.configured:
            raise CannotServe("This is a Django project already: call serve() in the backend.py of an app.")
        self.config = read_config(config)
        self.port = self.config.port
        unknown = set(self.config.instance_configs) - set(objects)
        if unknown:
            raise CannotServe(f"instance_configs names {', '.join(sorted(unknown))}, which is not served.")
        settings.configure(**settings_of(self.config))
        django.setup()
        self._serve(objects)

    @property
    def url(self) -> str:
        """The address of the start page."""
        host = "localhost" if self.config.address in _LOCAL else self.config.address
        return f"http://{address(host, self.port)}/{site_of_script()['base']}"

    def run(self, *, open_browser: bool = True) -> None:
        """Serve until Ctrl-C, at the next port that is free if this one is taken.

        The browser is opened when a person has started this at a terminal.
        """
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        host = self.config.address or "0.0.0.0"  # noqa: S104 - "" says all addresses
        if os.environ.get("RUN_MAIN") != "true":  # else the reloader has looked, and holds the port
            self.port = free_port(host, self.config.port)
        sys.stdout.write(f"\n  Page   {self.url}\n  Stop   Ctrl-C\n\n")
        sys.stdout.flush()
        if open_browser and sys.stdout.isatty():
            threading.Timer(1.0, webbrowser.open, [self.url]).start()
        call_command(
            "runserver",
            address(host, self.port),
            use_reloader=self.config.autoreload or self.config.debug,
            insecure_serving=True,
        )

    def _serve(self, objects: dict[str, Any]) -> None:
        from ..registry import serve

        for name, target in objects.items():
            own = self.config.instance_configs.get(name, Instance())
            serve(
                access=own.access or "public",
                expose_public=True,
                locking=own.locking,
                max_start_delay_s=own.max_start_delay,
                source_access=own.source_access,
                owner=own.owner or "web",
                **{name: target},
            )
