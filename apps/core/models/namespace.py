"""Namespaces of channels, as operators see and change them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..access import parse_rule
from ..channels.namespaces import VERBS
from ..channels.topics import require_topic
from ..exceptions import BadAccessRule, BadTopic
from .registered import RegisteredRow

MAX_HISTORY = 10_000
MAX_HISTORY_AGE_S = 30 * 86_400.0


class ChannelNamespace(RegisteredRow):
    """The rules of all channels whose first level is ``name``; with an empty rule no client may."""

    subscribe = models.CharField(_("subscribe"), max_length=250, blank=True)
    publish = models.CharField(_("publish"), max_length=250, blank=True)
    presence = models.CharField(_("presence"), max_length=250, blank=True)
    history = models.CharField(_("history"), max_length=250, blank=True)
    retain = models.BooleanField(_("keep the last value"), default=False)
    history_size = models.PositiveIntegerField(
        _("publications kept"), default=0, validators=[MaxValueValidator(MAX_HISTORY)]
    )
    history_age_s = models.FloatField(
        _("kept for, s"),
        default=300.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(MAX_HISTORY_AGE_S)],
    )
    latest = models.BooleanField(
        _("only the newest"),
        default=False,
        help_text=_("Who reads slowly gets the newest value instead of a word about those missed."),
    )

    class Meta:
        verbose_name = _("namespace of channels")
        verbose_name_plural = _("namespaces of channels")
        ordering = ["name"]

    def clean(self) -> None:
        super().clean()
        problems = {}
        if problem := name_problem(self.name):
            problems["name"] = problem
        for verb in VERBS:
            if problem := rule_problem(getattr(self, verb)):
                problems[verb] = problem
        if problems:
            raise ValidationError(problems)


def name_problem(name: str) -> str:
    """Say why this cannot be the first level of channels; empty when it can."""
    if name.startswith("$"):
        return f"{name!r} begins with '$'; such names are the suite's own."
    if "/" in name:
        return f"{name!r} has a '/'; a namespace is one level."
    try:
        require_topic(name)
    except BadTopic as error:
        return str(error)
    return ""


def rule_problem(rule: str | None) -> str:
    """Say why this is no access rule; empty when it is one, or empty."""
    if not rule:
        return ""
    try:
        parse_rule(rule)
    except BadAccessRule as error:
        return str(error)
    return ""
