"""``manage.py smallweb_token``: tokens by which programs act as a user."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...models import ApiToken
from ...models.api_token import SCOPES, default_scopes
from ...services.tokens import create_token
from ..people import user_named


class Command(BaseCommand):
    help = "Make, list and revoke tokens for programs (Authorization: Bearer <token>)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        create = commands.add_parser("create", help="make a token and print it; it is not shown again")
        create.add_argument("user", help="the name of the user as whom the program acts")
        create.add_argument("--name", default="", help="what it is for, to tell it from others")
        create.add_argument("--days", type=float, help="for so many days; without it, until it is revoked")
        create.add_argument(
            "--scope",
            action="append",
            choices=SCOPES,
            help="what it opens, once for each; without it: rpc",
        )
        listing = commands.add_parser("list", help="list tokens by number, beginning, user and state")
        listing.add_argument("--user", help="only those of this user")
        revoke = commands.add_parser("revoke", help="close all that the token opened, for good")
        revoke.add_argument("token", help="its number, or how it begins, as 'list' shows them")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["command"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        days = options["days"]
        if days is not None and days <= 0:
            raise CommandError("--days must be more than 0.")
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        user = user_named(options["user"])
        token, text = create_token(
            user,
            name=options["name"] or "smallweb_token",
            expires_at=expires_at,
            scopes=options["scope"] or default_scopes(),
        )
        # The token alone goes to the standard output, so that a script can take it.
        self.stderr.write(f"Token {token.pk} of {user}. Keep it now: it is stored nowhere.", ending="\n")
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        tokens = ApiToken.objects.select_related("user").order_by("pk")
        if options["user"]:
            tokens = tokens.filter(user=user_named(options["user"]))
        for token in tokens:
            used = "never used" if token.last_used_at is None else f"used {token.last_used_at:%Y-%m-%d %H:%M}"
            until = "" if token.expires_at is None else f", until {token.expires_at:%Y-%m-%d %H:%M}"
            opens = f"{token.user} {token.state(now)}{until}, {used}, for {' and '.join(token.scopes)}"
            self.stdout.write(f"{token.pk:5} {token.prefix}… {opens}: {token.name}")

    def _revoke(self, options: dict[str, Any]) -> None:
        given = options["token"].rstrip("…")
        key = {"pk": int(given)} if given.isdecimal() else {"prefix": given}
        found = list(ApiToken.objects.filter(**key)[:2])
        if len(found) != 1:
            raise CommandError(
                f"{len(found) or 'No'} tokens are {given!r}; give the number that 'list' shows."
            )
        found[0].revoke()
        self.stdout.write(f"{found[0]} opens no door any more.")
