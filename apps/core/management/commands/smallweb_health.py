"""``manage.py smallweb_health``: is the site well, and what to do where it is not."""

from __future__ import annotations

import dataclasses
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ...health.registry import LEVELS, HealthResult
from ...health.report import run_checks, worst


class Command(BaseCommand):
    help = "Say how the site is. Exit status: 0 all is well, 1 there are warnings, 2 something is critical."

    # A site that fails its system checks can be asked, too.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what health/ tells staff")
        parser.add_argument("--quiet", action="store_true", help="print only what is not well")

    def handle(self, *args: Any, **options: Any) -> None:
        results = run_checks(timezone.now())
        level = worst(results)
        if options["quiet"]:
            results = [result for result in results if result.level != "ok"]
        if options["json"]:
            checks = [dataclasses.asdict(result) for result in results]
            self.stdout.write(json.dumps({"status": level, "checks": checks}, ensure_ascii=False))
        else:
            for result in results:
                self._say(result)
        sys.exit(LEVELS.index(level))

    def _say(self, result: HealthResult) -> None:
        styles = {"ok": self.style.SUCCESS, "warning": self.style.WARNING, "critical": self.style.ERROR}
        line = f"{styles[result.level](f'{result.level:8}')} {result.name:10} {result.says}"
        self.stdout.write(f"{line} {result.do}".rstrip())
