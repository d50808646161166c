"""The subscriptions of one client: asked for, taken up again after a drop, and given what comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from .backoff import reconnect_delay_s
from .calls import Listener
from .events import Presence
from .exceptions import Busy, CallTimedOut, ClientError, ConnectionLost, Refused, RpcError, SubscriptionEnded
from .positions import event_of
from .subscription import Subscription

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 30.0
ATTEMPT_AFTER_FAILURE = 2


class Asker(Protocol):
    """What the table needs of the client."""

    @property
    def is_online(self) -> bool: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...

    async def request(
        self,
        method: str,
        params: Any,
        *,
        timeout_s: float | None = None,
        **listeners: Listener | None,
    ) -> Any: ...


class Subscriptions:
    """One subscription a filter, as on the server: a newer one takes the place of the older."""

    def __init__(self, client: Asker) -> None:
        self._client = client
        self._by_filter: dict[str, Subscription] = {}
        self.notifications: dict[str, Callable[[dict[str, Any]], None]] = {
            "rpc.event": self._event,
            "rpc.lagged": self._lagged,
            "rpc.presence": self._presence,
            "rpc.unsubscribed": self._unsubscribed,
        }

    def add(self, subscription: Subscription) -> None:
        older = self._by_filter.get(subscription.filter)
        if older is not None:
            older.end(SubscriptionEnded(f"{older.filter!r} was subscribed to again; this one hears no more."))
        self._by_filter[subscription.filter] = subscription
        self.ask(subscription)

    async def remove(self, subscription: Subscription) -> None:
        if self._by_filter.get(subscription.filter) is not subscription:
            return
        del self._by_filter[subscription.filter]
        if subscription.asking is not None:
            subscription.asking.cancel()
            await asyncio.wait([subscription.asking])
        if self._client.is_online:
            try:
                await self._client.request("rpc.unsubscribe", {"channel": subscription.filter})
            except ClientError as error:
                logger.info("channel=%s could not be unsubscribed: %s", subscription.filter, error)

    def opened(self) -> None:
        for subscription in self._by_filter.values():
            self.ask(subscription)

    def lost(self, error: ConnectionLost, *, for_good: bool) -> None:
        for subscription in list(self._by_filter.values()):
            subscription.pause()
            if for_good:
                subscription.end(error)
                del self._by_filter[subscription.filter]

    def ask(self, subscription: Subscription) -> None:
        """Ask the server for it, unless that is done or cannot be done now."""
        if self._client.is_online and subscription.wants_to_ask:
            subscription.asking = self._client.spawn(self._ask(subscription))

    async def _ask(self, subscription: Subscription) -> None:
        try:
            await self._client.request(
                "rpc.subscribe", subscription.params(), timeout_s=ASK_TIMEOUT_S, on_result=subscription.take
            )
        except (Busy, CallTimedOut, ConnectionLost):
            await asyncio.sleep(reconnect_delay_s(ATTEMPT_AFTER_FAILURE))
        except RpcError as error:
            self._refuse(subscription, error)
        finally:
            subscription.asking = None
        if self._by_filter.get(subscription.filter) is subscription:
            self.ask(subscription)

    def _refuse(self, subscription: Subscription, error: RpcError) -> None:
        if self._by_filter.get(subscription.filter) is subscription:
            del self._by_filter[subscription.filter]
        subscription.end(error)

    def _event(self, params: dict[str, Any]) -> None:
        event = event_of(params)
        for subscription in self._by_filter.values():
            subscription.give(event)

    def _lagged(self, params: dict[str, Any]) -> None:
        """The server could not send all of a channel, or of a filter: ask for what was missed."""
        for subscription in self._by_filter.values():
            if subscription.is_live and subscription.names(params["channel"]):
                subscription.pause()
                self.ask(subscription)

    def _presence(self, params: dict[str, Any]) -> None:
        who = params["client"]
        presence = Presence(params["channel"], params["action"], who["client"], who.get("user"))
        for subscription in self._by_filter.values():
            subscription.tell(presence)

    def _unsubscribed(self, params: dict[str, Any]) -> None:
        subscription = self._by_filter.get(params["channel"])
        if subscription is not None:
            text = f"{subscription.filter}: no longer allowed."
            self._refuse(subscription, Refused(-32003, text))
