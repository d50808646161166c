"""The shop's document, as the tests of documents have it."""

from __future__ import annotations

from tests.rpc.openrpc.conftest import document, shop

__all__ = ["document", "shop"]
