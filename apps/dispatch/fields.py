"""One parameter of a method that callers fill, and how a text of a query or form is taken for its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

_LISTS = (
    msgspec.inspect.ListType, msgspec.inspect.SetType, msgspec.inspect.FrozenSetType,
    msgspec.inspect.VarTupleType, msgspec.inspect.TupleType, msgspec.inspect.CollectionType,
)  # fmt: skip
_BOOLS = {"on": "true", "off": "false"}


@dataclass(frozen=True, kw_only=True)
class Field:
    """``type`` is Any where the annotation says nothing that JSON can be. ``is_list``: several texts of one
    name are its items. ``is_file``: it is an uploaded file, or a list of them.
    """

    name: str
    type: Any = Any
    default: Any = msgspec.NODEFAULT
    annotation: Any = None
    is_list: bool = False
    is_file: bool = False
    is_bool: bool = False
    empty_is_none: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is msgspec.NODEFAULT

    def from_text(self, text: str) -> Any:
        """Return what msgspec is to convert: of a ticked box ``true``, of an empty field perhaps None."""
        if self.empty_is_none and text == "":
            return None
        return _BOOLS.get(text, text) if self.is_bool else text


def make_field(name: str, kind: Any, *, default: Any, annotation: Any) -> Field:
    """Return the field of a parameter that is no file."""
    kinds = _kinds(kind)
    return Field(
        name=name,
        type=kind,
        default=default,
        annotation=annotation,
        is_list=any(isinstance(one, _LISTS) for one in kinds),
        is_bool=any(isinstance(one, msgspec.inspect.BoolType) for one in kinds),
        empty_is_none=_takes_none(kinds),
    )


def _kinds(kind: Any) -> tuple[Any, ...]:
    info = msgspec.inspect.type_info(kind)
    return info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)


def _takes_none(kinds: tuple[Any, ...]) -> bool:
    has_none = any(isinstance(one, msgspec.inspect.NoneType) for one in kinds)
    return has_none and not any(isinstance(one, msgspec.inspect.StrType) for one in kinds)
