"""From a served object to its flat table of endpoints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..core.annotations import hints_of
from ..core.wire_types import known_type
from .attributes import Attribute, DescriptorAttribute, PlainAttribute
from .docs import attribute_docs, source_of
from .endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from .expose import Exposure, function_of
from .members import Member, members_of
from .options import Options, rules_of
from .parameters import parameters_of
from .tracked import channel_of, remember, tracked


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the tree of a served object a member stands."""

    object_name: str
    path: str
    target: object
    options: Options
    depth: int = 1

    def below(self, name: str, target: object) -> Place:
        options = Options(**{**vars(self.options), "attrs": self.options.below(name)})
        return Place(
            object_name=self.object_name,
            path=f"{self.path}.{name}",
            target=target,
            options=options,
            depth=self.depth + 1,
        )


def endpoints_of(place: Place) -> Iterator[Endpoint]:
    """Return the endpoints of an object and of those nested in it. Raises CannotServe, BadAccessRule."""
    _track_channel_values(place.target)
    remember(place.target, place.path)
    docs = attribute_docs(type(place.target))
    for member in members_of(place.target, place.options, depth=place.depth):
        if member.nested is not None:
            yield from endpoints_of(place.below(member.name, member.nested))
        elif _is_method(member.definition):
            bound = inspect.getattr_static(type(place.target), member.name)
            yield _method(place, member, bound.__get__(place.target, type(place.target)))
        else:
            yield _attribute(place, member, docs.get(member.name, ""))


def function_endpoint(name: str, function: Callable[..., Any], options: Options) -> FunctionEndpoint:
    """Return the endpoint of a function that is served by itself."""
    place = Place(object_name=name, path=name, target=function, options=options)
    return _function(place, name, function, Exposure())


def _is_method(definition: Any) -> bool:
    return function_of(definition) is not None and not isinstance(definition, property)


def _method(place: Place, member: Member, bound: Callable[..., Any]) -> FunctionEndpoint:
    return _function(place, f"{place.path}.{member.name}", bound, member.exposure)


def _function(place: Place, path: str, function: Callable[..., Any], exposure: Exposure) -> FunctionEndpoint:
    made_by = inspect.unwrap(function)
    is_async_generator = inspect.isasyncgenfunction(made_by)
    return FunctionEndpoint(
        name=path,
        origin=f"{made_by.__module__}.{made_by.__qualname__}",
        object_name=place.object_name,
        rules=rules_of(exposure.access),
        object_rules=place.options.rules(),
        limits=place.options.limits(exposure),
        doc=inspect.getdoc(function) or "",
        source=source_of(made_by) if place.options.serves_source else None,
        function=function,
        parameters=parameters_of(function),
        result=known_type(dict(hints_of(made_by)).get("return", Any)),
        inline=exposure.inline,
        is_async=inspect.iscoroutinefunction(made_by) or is_async_generator,
        streams=inspect.isgeneratorfunction(made_by) or is_async_generator,
    )


def _attribute(place: Place, member: Member, doc: str) -> AttributeEndpoint:
    path = f"{place.path}.{member.name}"
    definition = member.definition
    is_tracked = isinstance(definition, tracked)
    return AttributeEndpoint(
        name=path,
        origin=f"{type(place.target).__module__}.{type(place.target).__qualname__}.{member.name}",
        object_name=place.object_name,
        rules=rules_of(member.exposure.access),
        object_rules=place.options.rules(),
        limits=place.options.limits(member.exposure),
        doc=(inspect.getdoc(definition) or "") if isinstance(definition, property) else doc,
        attribute=_holder(place.target, member, path),
        mode=member.exposure.mode,
        type=_type_of(place.target, member),
        channel=channel_of(path) if is_tracked else None,
    )


def _holder(target: object, member: Member, path: str) -> Attribute:
    if isinstance(member.definition, tracked | property):
        return DescriptorAttribute(target, member.definition)
    return PlainAttribute(target, member.name, path)


def _type_of(target: object, member: Member) -> Any:
    if isinstance(member.definition, property):
        assert member.definition.fget is not None
        return known_type(dict(hints_of(member.definition.fget)).get("return", Any))
    for kind in type(target).__mro__:
        if member.name in vars(kind).get("__annotations__", {}):
            return known_type(dict(hints_of(kind)).get(member.name, Any))
    return Any


def _track_channel_values(target: object) -> None:
    """Make tracked values of what a class names in ``tracked_channel_values``."""
    values = inspect.getattr_static(type(target), "tracked_channel_values", None)
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        if isinstance(inspect.getattr_static(type(target), name, None), tracked):
            continue
        member = tracked(value, mode="rwd")
        member.__set_name__(type(target), name)
        setattr(type(target), name, member)
