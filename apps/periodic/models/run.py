"""One run of a job for one due time."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ...core.models import Execution, ExecutionQuerySet, State
from .job import Job


class JobRunQuerySet(ExecutionQuerySet["JobRun"]):
    """The questions that every execution is asked."""

    def listed(self) -> Self:
        return super().listed().select_related("job")


class JobRun(Execution):
    """``value`` is what the function gave, shortened; ``page_changed``: its pass wrote it into the page."""

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("schedule")
        MANUAL = "manual", _("by hand")

    # Without an index of its own: that of the unique constraint below begins with the job.
    job = models.ForeignKey(Job, models.CASCADE, related_name="runs", db_index=False, verbose_name=_("job"))
    due_at = models.DateTimeField(_("due"))
    trigger = models.CharField(_("trigger"), max_length=8, choices=Trigger.choices, default=Trigger.SCHEDULE)
    value = models.TextField(_("value"), blank=True)
    page_changed = models.BooleanField(_("page changed"), default=False)
    call_s = models.FloatField(_("seconds in the function"), null=True, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta(Execution.Meta):
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "due_at", "trigger"], name="smallweb_periodic_run_once_a_due_time"
            ),
            models.UniqueConstraint(
                fields=["job"], condition=Q(state=State.RUNNING), name="smallweb_periodic_run_one_at_a_time"
            ),
        ]
        indexes = [
            *Execution.Meta.indexes,
            models.Index(
                fields=["job"], condition=Q(state=State.READY), name="smallweb_periodic_run_waiting"
            ),
        ]
        permissions = [
            ("retry_jobrun", "Can run a failed run again"),
            ("cancel_jobrun", "Can cancel a run"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M:%S}"

    @property
    def title(self) -> str:
        return self.job.name

    @property
    def who(self) -> str:
        return str(self.get_trigger_display())

    @property
    def outcome(self) -> str:
        return self.error or self.value
