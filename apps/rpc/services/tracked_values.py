"""Tracked values in the database, and the news of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from django.db import transaction

from ...core.channels import publish
from ..exceptions import NotStored
from ..models import TrackedValue
from ..tracked import channel_of


def read_value(path: str, default: Any) -> Any:
    """Return the value of this path."""
    held = TrackedValue.objects.filter(path=path).values_list("value", flat=True).first()
    return default if held is None else held["value"]


def write_value(path: str, value: Any) -> None:
    """Store the value and publish it once it is committed. Raises NotStored for what is no JSON."""
    plain = _plain(path, value)
    with transaction.atomic():
        TrackedValue.objects.update_or_create(path=path, defaults={"value": {"value": plain}})
        transaction.on_commit(partial(_tell, path, plain))


def change_value(path: str, how: Callable[[Any], Any], *, default: Any) -> Any:
    """Store what ``how`` makes of the value, and return it."""
    with transaction.atomic():
        TrackedValue.objects.get_or_create(path=path, defaults={"value": {"value": _plain(path, default)}})
        row = TrackedValue.objects.select_for_update().get(path=path)
        row.value = {"value": _plain(path, how(row.value["value"]))}
        row.save(update_fields=["value", "changed_at"])
        transaction.on_commit(partial(_tell, path, row.value["value"]))
    return row.value["value"]


def remove_value(path: str, *, default: Any) -> None:
    """Forget the value; the default, which takes its place, is published."""
    with transaction.atomic():
        TrackedValue.objects.filter(path=path).delete()
        transaction.on_commit(partial(_tell, path, _plain(path, default)))


def _tell(path: str, value: Any) -> None:
    """Publish what is stored now: who committed later may have been quicker to get here."""
    publish(channel_of(path), read_value(path, value))


def _plain(path: str, value: Any) -> Any:
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise NotStored(f"A {type(value).__name__} for {path} is no JSON: {error}.") from error
