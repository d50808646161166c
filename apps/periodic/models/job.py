"""A function whose value goes into a tag of a page when it is due."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...core.models import RegisteredRow, State
from ..job_rules import job_problems
from ..schedule import Schedule, parse_every
from .page import Page


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> Self:
        """Jobs that run when they are due: enabled, on an enabled page."""
        return self.filter(enabled=True, page__enabled=True)

    def due(self, now: datetime) -> Self:
        return self.live().filter(wake_at__lte=now)

    def idle(self) -> Self:
        """Jobs with no run that waits or runs: a job never runs twice at once."""
        runs = apps.get_model("smallweb_periodic", "JobRun")._default_manager.filter(job=OuterRef("pk"))
        return self.exclude(Exists(runs.filter(state=State.RUNNING)) | Exists(runs.filter(state=State.READY)))


class Job(RegisteredRow):
    """``next_due`` is the next point of the schedule; ``wake_at`` is when the job is looked at for it:
    the same, or later by the jitter or a maintenance window. Both are null when nothing is due any more.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        HTML = "html", _("HTML")
        STYLE = "style", _("style")
        ATTRIBUTE = "attribute", _("attribute")

    class CatchUp(models.TextChoices):
        SKIP = "skip", _("skip missed times")
        ONCE = "once", _("run once for all missed times")
        ALL = "all", _("run every missed time")

    page = models.ForeignKey(Page, models.CASCADE, related_name="jobs", verbose_name=_("page"))
    function = models.CharField(_("function"), max_length=250)
    kwargs = models.JSONField(_("keyword arguments"), default=dict, blank=True)
    tag_id = models.CharField(_("tag id"), max_length=250)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.TEXT)
    attribute = models.CharField(_("attribute"), max_length=100, blank=True)
    replace_style = models.BooleanField(
        _("replace the style"), default=False, help_text=_("Off: other declarations of the tag stay.")
    )
    force = models.BooleanField(
        _("force"),
        default=False,
        help_text=_("Edit also where the page's markup makes the result uncertain."),
    )

    every = models.CharField(_("every"), max_length=50, blank=True, help_text=_("10s, 5m, 1h30m, 1d, 1mo"))
    cron = models.CharField(_("cron"), max_length=100, blank=True, help_text=_("*/5 * * * *"))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    jitter_s = models.FloatField(_("jitter, seconds"), default=0.0)
    catch_up = models.CharField(_("catch up"), max_length=4, choices=CatchUp.choices, default=CatchUp.ONCE)
    anchored_at = models.DateTimeField(default=timezone.now, editable=False)

    timeout_s = models.FloatField(_("timeout, seconds"), default=60.0)
    retries = models.PositiveSmallIntegerField(_("retries"), default=0)
    on_error = models.TextField(
        _("on error"),
        blank=True,
        help_text=_("What the tag shows once a run has failed; empty: the last value."),
    )
    alert_after = models.PositiveSmallIntegerField(
        _("alert after"), default=3, help_text=_("Failures in a row; 0: never.")
    )
    keep_runs = models.PositiveIntegerField(_("runs kept"), default=200)

    next_due = models.DateTimeField(_("next run"), null=True, blank=True, editable=False)
    wake_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_value = models.TextField(_("last value"), blank=True, editable=False)
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True, editable=False)
    last_state = models.CharField(
        _("last result"), max_length=10, choices=State.choices, blank=True, editable=False
    )
    failures_in_row = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)

    objects = JobQuerySet.as_manager()

    RESULT_FIELDS = ("last_state", "last_run_at", "failures_in_row")
    """What ``record_result`` changes, beside ``last_value``."""

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["name"]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(enabled=True), name="smallweb_periodic_job_wake")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(every="") ^ Q(cron=""), name="smallweb_periodic_job_one_schedule"
            )
        ]
        permissions = [
            ("run_job", "Can run a job now"),
            ("pause_job", "Can pause and resume jobs"),
            ("skip_job", "Can skip the next run of a job"),
            ("clone_job", "Can clone a job"),
        ]

    def clean(self) -> None:
        super().clean()
        if problems := job_problems(self):
            raise ValidationError(problems)

    def schedule(self) -> Schedule:
        """Return when the job is due. Raises ScheduleError when its fields make no schedule."""
        return Schedule(
            every=parse_every(self.every) if self.every else None,
            cron=self.cron,
            time_zone=self.time_zone or timezone.get_default_timezone_name(),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            anchor=self.anchored_at,
        )

    def record_result(self, state: str, *, at: datetime, value: str | None) -> None:
        """Take over what a finished run says about the job; the caller saves."""
        self.last_state = state
        self.last_run_at = at
        if state == State.SUCCESSFUL:
            self.failures_in_row = 0
        elif state in (State.FAILED, State.LOST):
            self.failures_in_row += 1
        if value is not None:
            self.last_value = value
