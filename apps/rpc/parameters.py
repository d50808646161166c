"""What a served function takes, and how a client's parameters become its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import msgspec
from msgspec import Raw, UnsetType

from ..core.annotations import hints_of
from ..core.socket.calls import Call
from ..core.socket.protocol import ErrorCode, RpcError
from ..core.wire_types import decoder, known_type, place_of, read_model
from .caller import Caller
from .exceptions import CannotServe

Fill = Callable[[Call], Any]
Kind = Literal["positional", "keyword", "rest", "named_rest"]
Arguments = tuple[list[Any], dict[str, Any]]

_KINDS: dict[Any, Kind] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "rest",
    inspect.Parameter.VAR_KEYWORD: "named_rest",
}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_IMMUTABLE = (bool, int, float, str, bytes, type(None))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter that clients fill. ``type`` is Any where the annotation says nothing that JSON can be."""

    name: str
    kind: Kind
    type: Any = Any
    default: Any = msgspec.NODEFAULT
    annotation: Any = None

    @property
    def is_required(self) -> bool:
        return self.default is msgspec.NODEFAULT and self.kind in ("positional", "keyword")

    @property
    def is_understood(self) -> bool:
        """False when the annotation was given up for Any."""
        return self.type is not Any or self.annotation in (None, Any)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """All parameters of a function. ``injected`` are those that the server fills from the call, by name;
    ``between`` those that it fills, or leaves at their default, by their place among the positional ones.
    ``reserved`` are all names of the function's own that no client may give.

    Raises CannotServe for a function whose parameters nobody could fill.
    """

    listed: list[Parameter]
    injected: dict[str, Fill]
    between: dict[int, Fill] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    _by_position: msgspec.json.Decoder[Any] = field(init=False)
    _by_name: msgspec.json.Decoder[Any] = field(init=False)
    _positional: list[Parameter] = field(init=False)
    _keyword: list[Parameter] = field(init=False)
    _rest: msgspec.json.Decoder[Any] | None = field(init=False)
    _named_rest: msgspec.json.Decoder[Any] | None = field(init=False)

    def __post_init__(self) -> None:
        of_kind = {kind: [one for one in self.listed if one.kind == kind] for kind in set(_KINDS.values())}
        positional, keyword = of_kind["positional"], of_kind["keyword"]
        rest, named_rest = of_kind["rest"], of_kind["named_rest"]
        values: dict[str, Any] = {
            "_positional": positional,
            "_keyword": keyword,
            "_rest": decoder(rest[0].type) if rest else None,
            "_named_rest": decoder(named_rest[0].type) if named_rest else None,
            "_by_position": _reader("Positions", positional, array_like=True),
            "_by_name": _reader("Names", [*positional, *keyword], kw_only=True),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def read(self, params: Raw | UnsetType, *, of: str) -> Arguments:
        """Return the arguments of a call of the function called ``of``. Raises RpcError -32602."""
        text = b"[]" if isinstance(params, UnsetType) else bytes(params)
        try:
            return self._read_names(text) if text[:1] == b"{" else self._read_positions(text)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
            raise self._refusal(str(error), of) from error

    def merged(
        self, args: list[Raw] | UnsetType, kwargs: dict[str, Raw] | UnsetType, *, of: str
    ) -> Raw | UnsetType:
        """Return one array or object for ``read`` from both kinds of arguments. Raises RpcError -32602."""
        if isinstance(kwargs, UnsetType) or not kwargs:
            return Raw(msgspec.json.encode([] if isinstance(args, UnsetType) else args))
        given = [] if isinstance(args, UnsetType) else args
        names = [one.name for one in self._positional]
        if len(given) > len(names):
            raise self._refusal(f"At most {len(names)} arguments go by position beside those by name", of)
        by_position = dict(zip(names, given, strict=False))
        twice = by_position.keys() & kwargs.keys()
        if twice:
            raise self._refusal(f"Given by position and by name: {', '.join(sorted(twice))}", of)
        return Raw(msgspec.json.encode(by_position | kwargs))

    def fill(self, call: Call, arguments: Arguments) -> Arguments:
        """Add what the server fills. Raises RpcError when the caller is not who the function wants."""
        args, kwargs = arguments
        if self.between:
            args = list(args)
            for place, make in self.between.items():
                args.insert(place, make(call))
        return args, {**kwargs, **{name: make(call) for name, make in self.injected.items()}}

    def _read_positions(self, text: bytes) -> Arguments:
        rest: list[Any] = []
        if self._rest is not None:
            raws = _raw_list.decode(text)
            rest = [self._rest.decode(raw) for raw in raws[len(self._positional) :]]
            text = msgspec.json.encode(raws[: len(self._positional)])
        args = [*msgspec.structs.astuple(self._by_position.decode(text)), *rest]
        for one in self._keyword:
            if one.is_required:
                raise msgspec.ValidationError(f"Object missing required field `{one.name}`")
        return args, {}

    def _read_names(self, text: bytes) -> Arguments:
        more: dict[str, Any] = {}
        if self._named_rest is not None:
            raws = _raw_dict.decode(text)
            known = {one.name for one in (*self._positional, *self._keyword)} | self.reserved
            more = {name: self._named_rest.decode(raws[name]) for name in raws if name not in known}
            text = msgspec.json.encode({name: raw for name, raw in raws.items() if name not in more})
        values = msgspec.structs.astuple(self._by_name.decode(text))
        count = len(self._positional)
        keyword = {one.name: value for one, value in zip(self._keyword, values[count:], strict=True)}
        return list(values[:count]), keyword | more

    def _refusal(self, message: str, of: str) -> RpcError:
        words, place = place_of(message)
        if isinstance(place, int):
            place = self._positional[place].name if place < len(self._positional) else str(place)
        place = place or self._named_in(words)
        sentence = f"{of}: {place}: {words}." if place else f"{of}: {words}."
        data = {"code": "invalid_params", **({"field": place} if place else {}), "problem": words}
        return RpcError(ErrorCode.INVALID_PARAMS, sentence, data)

    def _named_in(self, words: str) -> str | None:
        """Return the parameter that a message without a place speaks of."""
        if words.startswith(("Object missing", "Object contains unknown")):
            return words.split("`")[1]
        if words.startswith("Expected `array` of at least length"):
            given = int(words.rpartition(" got ")[2])
            return self._positional[given].name if given < len(self._positional) else None
        return None


_raw_list = msgspec.json.Decoder(list[Raw])
_raw_dict = msgspec.json.Decoder(dict[str, Raw])


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """Read a function's signature. Raises CannotServe."""
    hints = dict(hints_of(function))
    parameters = inspect.signature(function).parameters
    listed: list[Parameter] = []
    injected: dict[str, Fill] = {}
    between: dict[int, Fill] = {}
    for place, (name, parameter) in enumerate(parameters.items()):
        hint = hints.get(name)
        fill = _injector(hint)
        if fill is None and name.startswith("_"):
            _require_default(parameter, function)
            fill = partial(_default, parameter.default)
            if parameter.kind not in _POSITIONAL:
                continue
        if fill is None:
            listed.append(_parameter(parameter, hint))
        elif parameter.kind in _POSITIONAL:
            between[place] = fill
        else:
            injected[name] = fill
    reserved = _all_names(function) - {one.name for one in listed}
    return Parameters(listed=listed, injected=injected, between=between, reserved=reserved)


def _all_names(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of all parameters, ``self`` of a method among them."""
    inner = function.__func__ if inspect.ismethod(function) else function
    return frozenset(inspect.signature(inner).parameters)


def _default(value: Any, call: Call) -> Any:
    return value


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    has_default = parameter.default is not inspect.Parameter.empty
    return Parameter(
        name=parameter.name,
        kind=_KINDS[parameter.kind],
        type=Any if hint is None else known_type(hint),
        default=parameter.default if has_default else msgspec.NODEFAULT,
        annotation=hint,
    )


def _require_default(parameter: inspect.Parameter, function: Callable[..., Any]) -> None:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if parameter.default is inspect.Parameter.empty and parameter.kind not in variadic:
        raise CannotServe(
            f"{function.__qualname__}: no client fills {parameter.name}, for its name begins with '_'; "
            "give it a default, or annotate it as Caller."
        )


def _injector(hint: Any) -> Callable[[Call], Any] | None:
    if hint is Caller:
        return Caller
    if isinstance(hint, type) and hasattr(hint, "is_authenticated") and hasattr(hint, "get_username"):
        return _user
    return None


def _user(call: Call) -> Any:
    user = call.peer.rights.actor.user
    if not user.is_authenticated:
        raise RpcError(ErrorCode.REFUSED, "Log in first.", {"code": "access_denied"})
    return user


def _reader(
    name: str, listed: list[Parameter], *, array_like: bool = False, kw_only: bool = False
) -> msgspec.json.Decoder[Any]:
    fields: list[Any] = [_field(one) for one in listed]
    kind = msgspec.defstruct(
        name, fields, array_like=array_like, kw_only=kw_only, forbid_unknown_fields=True, rename=None
    )
    return msgspec.json.Decoder(kind, dec_hook=read_model)


def _field(one: Parameter) -> tuple[Any, ...]:
    if one.default is msgspec.NODEFAULT:
        return (one.name, one.type)
    if isinstance(one.default, _IMMUTABLE):
        return (one.name, one.type, one.default)
    return (one.name, one.type, msgspec.field(default_factory=lambda: one.default))
