"""Reading the signatures of methods."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from ..core.annotations import hints_of
from ..core.http.refusal import Refusal
from ..core.wire_types import known_type
from .exceptions import CannotDispatch
from .fields import Field, make_field
from .parameters import Fill, Parameters
from .progress import Progress
from .values import UrlPath

if TYPE_CHECKING:
    from .controller import Controller

PARAMS = "params"
_EMPTY = inspect.Parameter.empty
_ANYTHING = (None, Any, dict, Mapping, dict[str, Any], Mapping[str, Any])


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """Read what a method takes beside ``self``. Raises CannotDispatch."""
    hints = dict(hints_of(function))
    fields: list[Field] = []
    injected: dict[str, Fill] = {}
    takes_params, rest = False, None
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        hint = hints.get(name)
        fill = _injector(hint)
        if fill is not None:
            injected[name] = fill
        elif name == PARAMS and _without_none(hint) in _ANYTHING:
            takes_params = True
        elif parameter.kind == inspect.Parameter.VAR_KEYWORD:
            rest = Any if hint is None else known_type(hint)
        elif name.startswith("_") or parameter.kind == inspect.Parameter.VAR_POSITIONAL:
            _require_default(function, parameter)
        elif parameter.kind == inspect.Parameter.POSITIONAL_ONLY:
            raise CannotDispatch(
                f"{_called(function)}: {name} has no name that a caller could give; drop '/'."
            )
        else:
            fields.append(_field(name, hint, parameter.default))
    return _checked(function, fields, injected, takes_params, rest)


def _checked(
    function: Callable[..., Any],
    fields: list[Field],
    injected: dict[str, Fill],
    takes_params: bool,
    rest: Any,
) -> Parameters:
    if takes_params:
        wanted = [field.name for field in fields if field.is_required]
        if wanted:
            raise CannotDispatch(
                f"{_called(function)} takes params, and so everything; "
                f"{', '.join(wanted)} must have a default."
            )
        fields, rest = [], None
    return Parameters(fields=tuple(fields), injected=injected, takes_params=takes_params, rest=rest)


def _field(name: str, hint: Any, default: Any) -> Field:
    given = msgspec.NODEFAULT if default is _EMPTY else default
    single, is_list = _file_type(hint)
    if single:
        return Field(name=name, default=given, annotation=hint, is_list=is_list, is_file=True)
    kind = Any if hint is None else known_type(hint)
    return make_field(name, kind, default=given, annotation=hint)


def _file_type(hint: Any) -> tuple[bool, bool]:
    """Return whether it is for files, and for several of them."""
    hint = _without_none(hint)
    if typing.get_origin(hint) in (list, Sequence):
        return _is_kind(typing.get_args(hint)[0], UploadedFile), True
    return _is_kind(hint, UploadedFile), False


def _injector(hint: Any) -> Fill | None:
    kind = _without_none(hint)
    if _is_kind(kind, HttpRequest):
        return lambda controller: controller.request
    if kind is Progress:
        return lambda controller: controller.progress
    if kind is UrlPath:
        return lambda controller: controller.path
    if isinstance(kind, type) and hasattr(kind, "session_key") and hasattr(kind, "cycle_key"):
        return lambda controller: controller.session
    if isinstance(kind, type) and hasattr(kind, "is_authenticated") and hasattr(kind, "get_username"):
        return must_be_user if kind is hint else _user_or_none
    return None


def must_be_user(controller: Controller) -> Any:
    if not controller.user.is_authenticated:
        raise Refusal(401, "login_wanted", "Log in first.")
    return controller.user


def _user_or_none(controller: Controller) -> Any:
    return controller.user if controller.user.is_authenticated else None


def _without_none(hint: Any) -> Any:
    """Return X of ``X | None``."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _is_kind(hint: Any, kind: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)


def _require_default(function: Callable[..., Any], parameter: inspect.Parameter) -> None:
    if parameter.default is _EMPTY and parameter.kind != inspect.Parameter.VAR_POSITIONAL:
        raise CannotDispatch(
            f"{_called(function)}: no caller fills {parameter.name}, for its name begins with '_'; "
            "give it a default."
        )


def _called(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
