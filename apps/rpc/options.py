"""How a whole object is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.access import rule_text
from .conf import rpc_settings
from .endpoints.base import Limits, Rules
from .exceptions import CannotServe
from .expose import Access, Exposure, require_mode

VERBS = ("get", "set", "delete", "call")
OBJECT = "object"
"""What ``attrs`` says of an attribute that is itself an object with exposed members."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What ``serve`` was told. ``attrs``: a mode (or ``"object"``) by the name of an attribute; names of
    attributes of nested objects have dots.
    """

    access: Access | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    expose_public: bool = False
    locking: str | None = None
    timeout_s: float | None = None
    max_start_delay_s: float | None = None
    owner: Literal["web", "process"] | None = None
    source_access: bool | None = None

    def __post_init__(self) -> None:
        for name, mode in self.attrs.items():
            if mode != OBJECT:
                require_mode(mode)
            if not all(part.isidentifier() for part in name.split(".")):
                raise CannotServe(f"attrs names {name!r}, which is no name of an attribute.")
        if self.owner not in (None, "web", "process"):
            raise CannotServe(f"owner is {self.owner!r}; it must be 'web' or 'process'.")

    def rules(self) -> Rules:
        """Return the rule before each verb. Raises BadAccessRule."""
        default = rule_text(rpc_settings().access)
        given = rules_of(self.access)
        return {verb: given.get(verb, default) for verb in VERBS}

    def limits(self, exposure: Exposure) -> Limits:
        """Return the limits of one member."""
        settings = rpc_settings()
        return Limits(
            locking=_first(exposure.locking, self.locking, settings.locking),
            timeout_s=_first(exposure.timeout_s, self.timeout_s, settings.timeout_s),
            max_start_delay_s=_first(
                exposure.max_start_delay_s, self.max_start_delay_s, settings.max_start_delay_s
            ),
        )

    def below(self, name: str) -> Mapping[str, str]:
        """Return what ``attrs`` says of the attributes of a nested object."""
        start = f"{name}."
        return {path.removeprefix(start): mode for path, mode in self.attrs.items() if path.startswith(start)}

    @property
    def is_owned(self) -> bool:
        """Whether the object lives in the owner process."""
        return bool(_first(self.owner, rpc_settings().owner) == "process")

    @property
    def serves_source(self) -> bool:
        return bool(_first(self.source_access, rpc_settings().source_access))


def rules_of(access: Access | None) -> Rules:
    """Return the rules by verb of which code speaks. Raises CannotServe, BadAccessRule."""
    if access is None:
        return {}
    if not isinstance(access, Mapping):
        rule = rule_text(access)
        return dict.fromkeys(VERBS, rule)
    unknown = set(access) - set(VERBS)
    if unknown:
        raise CannotServe(f"access names {', '.join(map(repr, unknown))}; there are {', '.join(VERBS)}.")
    return {verb: rule_text(rule) for verb, rule in access.items()}


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
