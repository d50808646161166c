"""A page of a site that jobs keep fresh."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.exceptions import SmallwebError
from ...core.models import RegisteredRow
from ...core.sites.paths import SitePath, locate


class Page(RegisteredRow):
    """``name`` is the page's URL path without the leading slash, "index.html" or "blog/index.html"."""

    class Mode(models.TextChoices):
        SPLICE = "splice", _("exact: change nothing but the tags")
        REWRITE = "rewrite", _("rewrite: parse and serialise the whole page")

    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.SPLICE)
    allow_partial = models.BooleanField(
        _("allow partial updates"),
        default=True,
        help_text=_("Off: when one function of a pass fails, none of its values is written."),
    )
    last_written_at = models.DateTimeField(_("last written"), null=True, blank=True, editable=False)
    writes = models.PositiveBigIntegerField(_("writes"), default=0, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["name"]
        permissions = [("dry_run_page", "Can see what a run would change in a page")]

    def clean(self) -> None:
        super().clean()
        try:
            self.site_path()
        except SmallwebError as error:
            raise ValidationError({"name": str(error)}) from error

    def site_path(self) -> SitePath:
        """Return where the page's file is now. Raises OutsideSites."""
        return locate(self.name)
