"""Columns of rules: what is no rule is refused when a row is cleaned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from ...core.access import parse_rule as parse_access
from ...core.exceptions import SmallwebError
from ..kinds import parse_accept
from ..path_rules import parse_rule


def _require_access(text: Any) -> None:
    _require(parse_access, text)


def _require_accept(rules: Any) -> None:
    _require_each(parse_accept, rules)


def _require_paths(rules: Any) -> None:
    _require_each(parse_rule, rules)


def _require(parse: Callable[[str], object], text: Any) -> None:
    try:
        parse(text)
    except SmallwebError as error:
        raise ValidationError(str(error)) from error


def _require_each(parse: Callable[[str], object], rules: Any) -> None:
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise ValidationError('Give a list of texts, as ["*.png"].')
    for rule in rules:
        _require(parse, rule)


class AccessRuleField(models.CharField):  # type: ignore[type-arg]
    """The text of an access rule."""

    default_validators = [_require_access]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 250)
        super().__init__(*args, **kwargs)


class _RulesField(models.JSONField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class AcceptField(_RulesField):
    """A list of rules for kinds of files."""

    default_validators = [_require_accept]


class PathRulesField(_RulesField):
    """A list of rules for paths in a folder."""

    default_validators = [_require_paths]
