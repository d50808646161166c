"""What stands in the cells of the admin's tables and in its read-only fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Model
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..durations import EMPTY, duration_text, in_one_unit
from ..models import State
from ..tally import Figures

_MAX_DEPTH = 9


def relative_time(moment: datetime, now: datetime) -> str:
    """Return "in 12 s", "5 min ago" or "now": one unit is enough to know when."""
    seconds = round((moment - now).total_seconds())
    if not seconds:
        return _("now")
    size = in_one_unit(abs(seconds))
    return _("in %(time)s") % {"time": size} if seconds > 0 else _("%(time)s ago") % {"time": size}


def moment_cell(moment: datetime | None, *, now: datetime) -> SafeString:
    """Return the moment relative to now and on the clock of the current time zone."""
    if moment is None:
        return SafeString(EMPTY)
    return format_html(
        '<time datetime="{}">{} <span class="smallweb-quiet">{}</span></time>',
        moment.isoformat(timespec="seconds"),
        relative_time(moment, now),
        clock_text(moment, now=now),
    )


def clock_text(moment: datetime, *, now: datetime) -> str:
    """Return the moment on the clock of the current time zone, with the date unless it is today's."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localtime(now).date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%Y-%m-%d %H:%M:%S}"


def live_cell(row: Model, name: str, content: object) -> SafeString:
    """Return the content in an element that LiveAdmin keeps new; ``name`` is unique in the row."""
    key = f"{row._meta.model_name}:{row.pk}:{name}"
    return format_html('<div data-live="{}">{}</div>', key, content)


def state_cell(state: str) -> SafeString:
    """Return the state of an execution as a word on its colour."""
    if not state:
        return SafeString(EMPTY)
    return format_html(
        '<span class="smallweb-state smallweb-{}">{}</span>', state.lower(), State(state).label
    )


def code_cell(code: str, doc: str) -> SafeString:
    """Return a signature or type, and below it the first line of the documentation."""
    line = doc.partition("\n")[0]
    shown = '<code class="smallweb-long">{}</code><div class="smallweb-doc">{}</div>'
    return format_html(shown, code, line)


def figures_text(figures: Figures) -> str:
    """Say what became of the calls that this process has served."""
    if not figures.calls:
        return EMPTY
    return _("%(calls)d, %(errors)d failed; half within %(median)s, 95 %% within %(slow)s") % {
        "calls": figures.calls,
        "errors": figures.errors,
        "median": duration_text(figures.median_s),
        "slow": duration_text(figures.slow_s),
    }


def indented(depth: int, content: object) -> SafeString:
    """Return the content as it stands in a tree; ``depth`` 0 and less is its edge."""
    shown = '<span class="smallweb-depth-{}">{}</span>'
    return format_html(shown, min(max(depth, 0), _MAX_DEPTH), content)


def enabled_cell(is_enabled: bool) -> SafeString:
    state, word = ("successful", _("on")) if is_enabled else ("lost", _("off"))
    return format_html('<span class="smallweb-state smallweb-{}">{}</span>', state, word)


def block(text: str) -> SafeString:
    """Return a long text with its line breaks, in a box that scrolls."""
    if not text:
        return SafeString(EMPTY)
    return format_html('<pre class="smallweb-block" tabindex="0">{}</pre>', text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, label: str) -> SafeString:
    """Return a table that scrolls sideways where it is too wide."""
    head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings))
    body = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in rows))
    return format_html(
        '<div class="smallweb-table" role="region" aria-label="{}" tabindex="0">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        label,
        head,
        body,
    )


def _cells(row: Sequence[object]) -> SafeString:
    return format_html_join("", "<td>{}</td>", ((cell,) for cell in row))
