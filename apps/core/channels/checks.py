"""System checks of the namespaces that the code registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from ..models.namespace import name_problem, rule_problem
from .namespaces import VERBS, Namespace, namespaces


@register()
def check_namespaces(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each namespace must have a name that channels can begin with, and rules that can be decided."""
    return [
        Error(
            f"The namespace {entry.name!r} of {entry.origin or 'the code'}: {problem}",
            hint="Correct its Namespace(...) in the code.",
            id="smallweb_core.E010",
        )
        for entry in namespaces
        for problem in _problems(entry)
    ]


def _problems(entry: Namespace) -> Iterator[str]:
    if problem := name_problem(entry.name):
        yield problem
    for verb in VERBS:
        if problem := rule_problem(entry.rule(verb)):
            yield f"{verb}: {problem}"
    if entry.history_size < 0 or entry.history_age_s <= 0:
        yield "history_size must be 0 or more, and history_age_s more than 0."
