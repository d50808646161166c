"""Who sits at the other end of a socket, and what they may hear."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user, get_user_model

from ..access import PUBLIC, Actor, may, require_access
from ..channels.namespaces import Namespace


class Rights:
    """The connection's actor, and the rules it was found to fulfil.

    Deliveries look only at those verdicts and never at the database; ``refresh`` decides them anew.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self._scope = scope
        user = scope.get("user")
        self.actor = Actor(user) if user is not None else Actor.anonymous()
        self._opened_by: Any = getattr(self.actor.user, "pk", None)
        self._verdicts = {PUBLIC: True}

    @property
    def user_id(self) -> object:
        """The primary key of the user who opened the socket; None for a visitor."""
        return self._opened_by

    def allows(self, rule: str) -> bool:
        """Whether the rule was fulfilled when it was last decided."""
        return self._verdicts.get(rule, False)

    async def require_subscribe(self, namespace: Namespace) -> bool:
        """Ask the gate, with the user as the database knows it now. Raises AccessDenied.

        Returns False when the session that opened the socket has ended.
        """
        if namespace.subscribe != PUBLIC and not await self.refresh(namespace.subscribe):
            return False
        await database_sync_to_async(require_access)(self.actor, namespace, "subscribe")
        return True

    async def refresh(self, *more_rules: str) -> bool:
        """Load the user and decide all rules in use again; False when the session has ended."""
        rules = {*self._verdicts, *more_rules}
        actor, verdicts = await database_sync_to_async(self._decide)(rules)
        if actor is None:
            self._verdicts = {}
            return False
        self.actor, self._verdicts = actor, verdicts
        return True

    def _decide(self, rules: set[str]) -> tuple[Actor | None, dict[str, bool]]:
        actor = self.actor if self._opened_by is None else self._reload()
        return actor, {rule: may(actor, rule) for rule in rules} if actor else {}

    def _reload(self) -> Actor | None:
        session = self._scope.get("session")
        user: Any
        if session is None:
            user = get_user_model()._default_manager.filter(pk=self._opened_by).first()
        else:
            store = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
            user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]
        if user is None or not user.is_active or user.pk != self._opened_by:
            return None
        return Actor(user)
