"""Who sits at the other end of a socket, and what they may hear."""

from __future__ import annotations

import hashlib
import time
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.utils import timezone

from ..access import PUBLIC, Actor, may
from ..channels.access import require_channel_access, require_own
from ..channels.namespaces import Namespace
from ..exceptions import AccessDenied
from .pool import in_pool

if TYPE_CHECKING:
    from ..models import ApiToken

MAX_AGE_S = 1.0
"""For how long a verdict holds for calls."""


class _Verdict(NamedTuple):
    is_fulfilled: bool
    asked_at: float


class Rights:
    """The connection's actor, and the rules it was found to fulfil.

    Deliveries look only at those verdicts and never at the database; ``refresh`` decides them anew.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self._session = scope.get("session")
        self._token = scope.get("smallweb.token")
        self.address = str((scope.get("client") or ("",))[0])
        """Where the caller is, as the server sees it; empty where there is no network between."""
        user = scope.get("user")
        self.actor = Actor(user) if user is not None else Actor.anonymous()
        self._opened_by: Any = getattr(self.actor.user, "pk", None)
        self._verdicts: dict[str, _Verdict] = {PUBLIC: _Verdict(True, 0.0)}
        self.version = 0
        """Grows whenever verdicts may have changed."""

    @property
    def user_id(self) -> object:
        """The primary key of the user who opened the socket; None for a visitor."""
        return self._opened_by

    @property
    def known_by(self) -> str:
        """What tells who it is: ``token``, ``session``, ``user`` (other middleware) or ``nothing``."""
        if self._opened_by is None:
            return "nothing"
        if self._token is not None:
            return "token"
        return "user" if self._session is None else "session"

    @property
    def session_name(self) -> str | None:
        """The session's name in notices, from which its key cannot be learnt; None without a session."""
        if self._session is None or self.known_by != "session":
            return None
        return session_name(self._session.session_key)

    @property
    def token_id(self) -> object:
        """The primary key of the token that opened the socket, None for another way."""
        return None if self._token is None else self._token.pk

    def adopt(self, token: ApiToken) -> None:
        """Be the token's user from now on, for as long as the token is good."""
        self._token, self._session = token, None
        self.actor = Actor(token.user)
        self._opened_by = token.user.pk

    def allows(self, rule: str) -> bool:
        """Whether the rule was fulfilled when it was last decided."""
        verdict = self._verdicts.get(rule)
        return verdict is not None and verdict.is_fulfilled

    def knows(self, rule: str | None) -> bool:
        """Whether the rule was ever decided; None, which nobody fulfils, needs no decision."""
        return rule is None or rule in self._verdicts

    def verdict(self, rule: str, *, now: float) -> bool | None:
        """Whether the rule is fulfilled; None when that was not decided within the last MAX_AGE_S."""
        if rule == PUBLIC:
            return True
        verdict = self._verdicts.get(rule)
        if verdict is None or now - verdict.asked_at >= MAX_AGE_S:
            return None
        return verdict.is_fulfilled

    async def require(self, namespace: Namespace, verb: str, channel: str) -> bool:
        """Ask the gate, with the user as the database knows it now. Raises AccessDenied.

        Returns False when the session that opened the socket has ended.
        """
        require_own(namespace, verb, channel, self._opened_by)
        rule = namespace.access_rule(verb)
        if namespace.channel_rules is not None:
            if not await self.refresh(rule, *namespace.channel_rules.rules(channel)):
                return False
            if not allows_filter(self, namespace, channel):
                raise AccessDenied(f"{self.actor} may not {verb} to {channel!r}.")
        if rule == PUBLIC:
            return True
        if not await self.refresh(rule):
            return False
        await in_pool(lambda: require_channel_access(self.actor, namespace, verb, channel))
        return True

    async def refresh(self, *more_rules: str) -> bool:
        """Load the user and decide all rules in use again; False when the session has ended."""
        rules = {*self._verdicts, *more_rules}
        asked_at = time.monotonic()
        actor, verdicts = await in_pool(lambda: self._decide(rules))
        self.version += 1
        if actor is None:
            self._verdicts = {}
            return False
        self.actor = actor
        for rule, is_fulfilled in verdicts.items():
            known = self._verdicts.get(rule)
            if known is None or known.asked_at <= asked_at:  # answers may overtake each other
                self._verdicts[rule] = _Verdict(is_fulfilled, asked_at)
        return True

    def _decide(self, rules: set[str]) -> tuple[Actor | None, dict[str, bool]]:
        actor = self.actor if self._opened_by is None else self._reload()
        return actor, {rule: may(actor, rule) for rule in rules} if actor else {}

    def _reload(self) -> Actor | None:
        from ..services.tokens import still_usable  # objects are served before there are models

        user: Any
        if self._token is not None:
            token = still_usable(self._token.pk, scope="rpc", now=timezone.now())
            user = None if token is None else token.user
        elif self._session is None:
            user = get_user_model()._default_manager.filter(pk=self._opened_by).first()
        else:
            store = import_module(settings.SESSION_ENGINE).SessionStore(self._session.session_key)
            user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]
        if user is None or not user.is_active or user.pk != self._opened_by:
            return None
        return Actor(user)


def allows_filter(rights: Rights, namespace: Namespace, filter_: str) -> bool:
    """Whether there may be a channel of the filter that these rights let hear."""
    if not rights.allows(namespace.rule("subscribe") or ""):
        return False
    return namespace.channel_rules is None or any(map(rights.allows, namespace.channel_rules.rules(filter_)))


def session_name(key: str | None) -> str:
    """Return the name of the session with this key in notices between processes."""
    return hashlib.sha256(f"smallweb {key}".encode()).hexdigest()
