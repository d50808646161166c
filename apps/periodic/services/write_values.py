"""Put the values of a pass into their page, in one write."""

from __future__ import annotations

import logging

from ...core.conf import core_settings
from ...core.exceptions import SmallwebError
from ..conf import periodic_settings
from ..exceptions import PageTooLarge
from ..html import Edit, EditResult, apply_edits, rewrite
from ..models import Page
from .page_file import update_page
from .result import Result

logger = logging.getLogger(__name__)

Value = str | dict[str, str]


def write_values(page: Page, results: list[Result]) -> tuple[bool, str]:
    """Write what the functions gave; return whether the page changed and why it could not be written.

    A value that the page refuses fails its own run. Where the page takes all values or none, one
    failure fails all, and the page is not touched. What the page itself refuses fails all, too.
    """
    change = PageChange(page, results)
    if not change.shown:
        return False, page.last_error
    try:
        update = update_page(
            page.site_path(),
            change,
            fsync=core_settings().fsync,
            lock_timeout_s=periodic_settings().lock_timeout_s,
        )
    except SmallwebError as error:
        change.fail(error.code, str(error))
        return False, str(error)
    except Exception as error:  # a fault of ours must not have the functions called again and again
        logger.exception("page=%s could not be changed", page.name)
        change.fail("error", f"{type(error).__name__}: {error}")
        return False, f"{type(error).__name__}: {error}"
    change.take_over()
    return update.changed, ""


class PageChange:
    """What the results of a pass make of their page; called with its bytes, as often as it is read."""

    def __init__(self, page: Page, results: list[Result]) -> None:
        self.page = page
        if not page.allow_partial:
            fail_with_the_first(results)
        self.shown = [(result, value) for result in results if (value := self._value(result)) is not None]
        self._edits = [_edit(result, value) for result, value in self.shown]
        self._refused: dict[int, SmallwebError] = {}

    def __call__(self, before: bytes) -> bytes:
        """Return the page with the values in it. Raises PageTooLarge, PageNotDecodable."""
        made = edit_page(self.page, before, self._edits)
        self._refused = dict(made.refused)
        return before if self._refused and not self.page.allow_partial else made.page

    def take_over(self) -> None:
        """Give each result what became of its value in the last call."""
        for index, (result, value) in enumerate(self.shown):
            if (refusal := self._refused.get(index)) is not None:
                result.fail(refusal.code, str(refusal))
            else:
                result.shown = value
        if not self.page.allow_partial:
            fail_with_the_first([result for result, _value in self.shown])

    def fail(self, code: str, error: str) -> None:
        for result, _value in self.shown:
            result.fail(code, error)

    def _value(self, result: Result) -> Value | None:
        if result.outcome.succeeded:
            value: Value = result.outcome.value
            return value
        if result.will_retry or result.is_cancelled or not self.page.allow_partial:
            return None
        return result.run.job.on_error or None


def edit_page(page: Page, before: bytes, edits: list[Edit]) -> EditResult:
    """Return the page with these edits made in the page's mode. Raises PageTooLarge, PageNotDecodable."""
    limit = periodic_settings().max_page_bytes
    if len(before) > limit:
        raise PageTooLarge(
            f"{page.name} has {len(before)} bytes; a page that jobs change may have {limit}. "
            "Raise SMALLWEB_PERIODIC['MAX_PAGE_BYTES'] or split the page."
        )
    return rewrite(before, edits) if page.mode == Page.Mode.REWRITE else apply_edits(before, edits)


def fail_with_the_first(results: list[Result]) -> None:
    """Where the page takes all values or none: when one run failed, the others fail for it."""
    first = next((result for result in results if not result.outcome.succeeded), None)
    if first is None:
        return
    how = "was cancelled" if first.is_cancelled else "failed"
    reason = f"Not written: {first.run.job.name} {how}, and the page takes all or none."
    for result in results:
        result.fail("page_incomplete", reason)


def _edit(result: Result, value: Value) -> Edit:
    """Return the edit that shows this value where the job says."""
    job = result.run.job
    return Edit(
        tag_id=job.tag_id,
        kind=job.kind,  # type: ignore[arg-type]
        value=value,
        attribute=job.attribute,
        force=job.force,
        replace=job.replace_style,
    )
