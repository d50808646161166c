"""System checks of rpc."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from ..core.access import PUBLIC, parse_rule
from ..core.checks import settings_errors
from ..core.exceptions import BadAccessRule
from .attributes import PlainAttribute
from .conf import rpc_settings
from .endpoints import AttributeEndpoint, FunctionEndpoint
from .members import definitions
from .registry import ObjectEntry, objects


@register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    messages = settings_errors(rpc_settings, "smallweb_rpc.E001")
    try:
        parse_rule(rpc_settings().access)
    except BadAccessRule as error:
        messages.append(Error(str(error), hint="Correct SMALLWEB_RPC['ACCESS'].", id="smallweb_rpc.E002"))
    return messages


@register()
def check_objects(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Tell of what is served more widely, or less well, than its author may think."""
    return [message for entry in objects for message in _messages(entry)]


def _messages(entry: ObjectEntry) -> Iterator[CheckMessage]:
    if entry.options.expose_public:
        yield Warning(
            f"All public names of {entry.name} are served (expose_public).",
            hint="Mark what is meant with @expose and attrs, and leave expose_public out.",
            id="smallweb_rpc.W001",
        )
    for endpoint in entry.endpoints:
        if isinstance(endpoint, AttributeEndpoint) and not entry.options.expose_public:
            yield from _attribute_messages(endpoint)
        elif isinstance(endpoint, FunctionEndpoint):
            yield from _function_messages(endpoint)
    yield from _shared_defaults(entry)
    yield from _kept_apart(entry)


def _attribute_messages(endpoint: AttributeEndpoint) -> Iterator[CheckMessage]:
    rules = {**endpoint.object_rules, **endpoint.rules}
    verbs = [verb for verb, letter in (("set", "w"), ("delete", "d")) if letter in endpoint.mode]
    open_to_all = [verb for verb in verbs if rules[verb] == PUBLIC]
    if open_to_all:
        yield Warning(
            f"Everyone may {' and '.join(open_to_all)} {endpoint.name}.",
            hint="Give access={'set': 'login', …}, or take 'w' and 'd' out of its mode.",
            id="smallweb_rpc.W002",
        )


def _function_messages(endpoint: FunctionEndpoint) -> Iterator[CheckMessage]:
    unread = [one.name for one in endpoint.parameters.listed if not one.is_understood]
    if unread:
        yield Warning(
            f"{endpoint.name}: JSON cannot be read as {', '.join(unread)} is annotated; any value passes.",
            hint="Use plain types, dataclasses, msgspec Structs or pydantic models.",
            id="smallweb_rpc.W003",
        )
    if endpoint.inline and (endpoint.is_async or endpoint.streams):
        yield Error(
            f"{endpoint.name} is inline, and not a plain function.",
            hint="Leave inline=True out: coroutines run in the event loop anyway.",
            id="smallweb_rpc.E003",
        )


def _shared_defaults(entry: ObjectEntry) -> Iterator[CheckMessage]:
    """A list in the class is one for all its objects; a method that changes it changes it for all of them."""
    if inspect.isfunction(entry.target):
        return
    served = {endpoint.name.rpartition(".")[2] for endpoint in entry.endpoints}
    for name, value in definitions(entry.target):
        if name in served and isinstance(value, list | dict | set) and name not in vars(entry.target):
            yield Warning(
                f"{entry.name}.{name} is a {type(value).__name__} of the class, shared by all its objects.",
                hint=f"Make it in __init__: self.{name} = …",
                id="smallweb_rpc.W004",
            )


def _kept_apart(entry: ObjectEntry) -> Iterator[CheckMessage]:
    """Each web process has an object of its own: what is set in one is not seen by the others."""
    count = web_processes()
    if count < 2 or entry.options.is_owned:
        return
    plain = [
        endpoint.name
        for endpoint in entry.endpoints
        if isinstance(endpoint, AttributeEndpoint)
        and isinstance(endpoint.attribute, PlainAttribute)
        and set(endpoint.mode) & set("wd")
    ]
    if plain:
        yield Warning(
            f"{count} web processes serve the site, and each has a value of its own of {', '.join(plain)}.",
            hint='Make it tracked(...), or serve the object with owner="process".',
            id="smallweb_rpc.W005",
        )


def web_processes() -> int:
    """Return how many web processes there are, as far as the settings or the environment say."""
    told = os.environ.get("WEB_CONCURRENCY", "")
    return rpc_settings().web_processes or (int(told) if told.isdecimal() else 1)
