"""``manage.py smallweb_upload``: send files to a site, from a shell."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from ...client import LineBroken, upload_file
from ...client.bar import Bar
from ...client.upload_file import CHUNK_BYTES
from ...exceptions import UploadError

REFUSED, BROKEN, INTERRUPTED = 1, 3, 130
_UNITS = {"": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Command(BaseCommand):
    help = "Send files to a handler or folder of uploads; what is broken off goes on with the same command."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--to", required=True, metavar="URL", help="the handler's or folder's address")
        parser.add_argument(
            "--token",
            default=os.environ.get("SMALLWEB_TOKEN", ""),
            help="a token with the scope uploads; by default that in SMALLWEB_TOKEN, which others cannot see",
        )
        parser.add_argument(
            "--text", action="append", default=[], type=field, metavar="NAME=VALUE", help="a field beside it"
        )
        parser.add_argument(
            "--chunk", default=CHUNK_BYTES, type=size, metavar="SIZE", help="sent at once, like 4MiB"
        )
        parser.add_argument(
            "--retries", default=8, type=int, metavar="N", help="failures in a row, 8 by default"
        )
        parser.add_argument("--no-resume", action="store_true", help="begin anew, and remember nothing")
        parser.add_argument("--quiet", action="store_true", help="show no progress")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files:
            self._send(path, options)

    def _send(self, path: Path, options: dict[str, Any]) -> None:
        bar = Bar(path.name, cast(TextIO, self.stderr._out))  # the wrapper itself ends lines
        try:
            reply = upload_file(
                path,
                options["to"],
                text=dict(options["text"]),
                token=options["token"],
                chunk_bytes=options["chunk"],
                resume=not options["no_resume"],
                retries=options["retries"],
                on_progress=None if options["quiet"] else bar,
            )
        except KeyboardInterrupt:
            bar.end()
            self.stderr.write(f"{path} is broken off.{'' if options['no_resume'] else AGAIN}")
            sys.exit(INTERRUPTED)
        except UploadError as error:
            bar.end()
            is_broken = isinstance(error, LineBroken)
            hint = AGAIN if is_broken and not options["no_resume"] else ""
            raise CommandError(
                f"{path}: {error}{hint}", returncode=BROKEN if is_broken else REFUSED
            ) from error
        bar.end()
        self.stdout.write(json.dumps(reply, indent=2, ensure_ascii=False))


AGAIN = " The same command goes on with it."


def field(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ArgumentTypeError(f"{text!r} is no NAME=VALUE.")
    return name, value


def size(text: str) -> int:
    """Read a number of bytes, like 4MiB."""
    found = re.fullmatch(r"(\d{1,12})\s*([KMG]iB)?", text, re.IGNORECASE)
    if found is None or not int(found[1]):
        raise ArgumentTypeError(f"{text!r} is no size; give one like 512KiB or 4MiB.")
    return int(found[1]) * _UNITS[(found[2] or "").upper()]
