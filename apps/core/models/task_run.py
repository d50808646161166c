"""One run of a task: what ``enqueue`` makes and a worker brings to its end."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Left
from django.utils.translation import gettext_lazy as _

from ..redact import glimpse, redact
from .execution import Execution, ExecutionQuerySet, State

_GLIMPSE = 200


class TaskRunQuerySet(ExecutionQuerySet["TaskRun"]):
    def listed(self) -> Self:
        """Results may have a megabyte each: only their first characters are read."""
        head = Left(Cast("result", TextField()), _GLIMPSE + 1)
        rows = super().listed().defer("traceback", "earlier_attempts", "arguments", "result")
        return rows.annotate(result_head=head).select_related("owner")

    """The questions that every execution is asked."""


class TaskRun(Execution):
    """``task`` is a registered name, ``arguments`` what it is called with, by parameter name, as JSON.

    ``uuid`` names the run to the outside. ``key`` is the caller's own name for it: a task has one run
    of a key. ``progress`` and ``result`` are any JSON.
    """

    class Priority(models.IntegerChoices):
        HIGH = 1, _("high")
        NORMAL = 0, _("normal")
        LOW = -1, _("low")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.CharField(_("task"), max_length=250)
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    priority = models.SmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    key = models.CharField(_("key"), max_length=200, null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    origin = models.CharField(_("origin"), max_length=250, blank=True)
    timeout_s = models.FloatField(_("timeout in seconds"))
    at_most_once = models.BooleanField(_("at most once"), default=False)
    progress = models.JSONField(_("progress"), null=True, blank=True, encoder=DjangoJSONEncoder)
    result = models.JSONField(_("result"), null=True, blank=True)

    objects = TaskRunQuerySet.as_manager()

    class Meta(Execution.Meta):
        verbose_name = _("task run")
        verbose_name_plural = _("task runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "key"], condition=Q(key__isnull=False), name="smallweb_core_taskrun_one_a_key"
            )
        ]
        indexes = [
            *Execution.Meta.indexes,
            models.Index(
                fields=["priority", "run_after", "id"],
                condition=Q(state=State.READY),
                name="smallweb_core_taskrun_next",
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="smallweb_core_taskrun_done",
            ),
        ]
        permissions = [
            ("cancel_taskrun", "Can cancel a task"),
            ("retry_taskrun", "Can run a task again"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.uuid}"

    @property
    def title(self) -> str:
        return self.task

    @property
    def who(self) -> str:
        return "" if self.owner is None else self.owner.get_username()

    @property
    def outcome(self) -> str:
        """The error, or the result as JSON: its beginning, nothing of it that looks secret."""
        if self.error or self.state != State.SUCCESSFUL:
            return self.error
        if hasattr(self, "result_head"):
            return glimpse(self.result_head, length=_GLIMPSE)
        return json.dumps(redact(self.result), ensure_ascii=False)[:_GLIMPSE]

    def set_result(self, result: Any, *, now: datetime) -> None:
        self.set_successful(now=now)
        self.result = result
