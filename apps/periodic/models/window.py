"""Times when nothing runs."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ...core.exceptions import SmallwebError
from ..schedule.zones import load_zone
from .page import Page

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class MaintenanceWindow(models.Model):
    """Once from ``starts_at`` to ``ends_at``, or every week on ``weekdays`` from ``start_time`` on.

    What becomes due inside is treated as missed when the window ends: the job's catch-up decides.
    Without pages it holds for all pages.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    pages = models.ManyToManyField(Page, blank=True, verbose_name=_("pages"), related_name="windows")
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    weekdays = models.CharField(
        _("weekdays"), max_length=27, blank=True, help_text=_("For a weekly window: Sat,Sun")
    )
    start_time = models.TimeField(_("start time"), null=True, blank=True)
    duration_s = models.PositiveIntegerField(_("duration, seconds"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("maintenance window")
        verbose_name_plural = _("maintenance windows")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="smallweb_periodic_window_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_weekly(self) -> bool:
        return bool(self.weekdays)

    @property
    def weekday_numbers(self) -> frozenset[int]:
        """0 for Monday to 6 for Sunday. Raises ValueError for a name that is no weekday."""
        return frozenset(
            WEEKDAYS.index(day.strip()[:3].title()) for day in self.weekdays.split(",") if day.strip()
        )

    def clean(self) -> None:
        super().clean()
        once = self.starts_at is not None and self.ends_at is not None
        weekly = self.is_weekly and self.start_time is not None and bool(self.duration_s)
        if once == weekly:
            raise ValidationError(
                _("Give either a start and an end, or weekdays with a start time and a duration; not both.")
            )
        if once and self.ends_at <= self.starts_at:  # type: ignore[operator]
            raise ValidationError({"ends_at": _("The window must end after its start.")})
        try:
            load_zone(self.time_zone or "UTC")
        except SmallwebError as error:
            raise ValidationError({"time_zone": str(error)}) from error
        try:
            self.weekday_numbers  # noqa: B018
        except ValueError as error:
            raise ValidationError(
                {
                    "weekdays": _("Write the days as %(days)s, separated by commas.")
                    % {"days": ", ".join(WEEKDAYS)}
                }
            ) from error
