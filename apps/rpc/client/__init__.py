"""Call the objects of a site and hear its channels from another Python program; Django need not be set up."""

from __future__ import annotations

from .batch import Answer, Batch
from .blocking import SyncClient, SyncSubscription, connect_sync
from .client import Client, connect
from .events import Event, Gap, Position, Presence
from .exceptions import (
    ApplicationError,
    Busy,
    CallCancelled,
    CallTimedOut,
    ClientError,
    ConnectionLost,
    ConnectionRefused,
    Expired,
    InternalError,
    InvalidParams,
    InvalidRequest,
    MethodNotFound,
    NotFound,
    ParseError,
    Refused,
    RpcError,
    SlowConsumer,
    SubscriptionEnded,
)
from .subscription import Subscription

__all__ = [
    "Answer",
    "ApplicationError",
    "Batch",
    "Busy",
    "CallCancelled",
    "CallTimedOut",
    "Client",
    "ClientError",
    "ConnectionLost",
    "ConnectionRefused",
    "Event",
    "Expired",
    "Gap",
    "InternalError",
    "InvalidParams",
    "InvalidRequest",
    "MethodNotFound",
    "NotFound",
    "ParseError",
    "Position",
    "Presence",
    "Refused",
    "RpcError",
    "SlowConsumer",
    "Subscription",
    "SubscriptionEnded",
    "SyncClient",
    "SyncSubscription",
    "connect",
    "connect_sync",
]
