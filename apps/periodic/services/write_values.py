"""Put the values of a pass into their page, in one write."""

from __future__ import annotations

from ...core.conf import core_settings
from ...core.exceptions import SmallwebError
from ..conf import periodic_settings
from ..exceptions import PageTooLarge
from ..html import Edit, EditResult, apply_edits, rewrite
from ..models import Job, Page
from .page_file import update_page
from .result import Result

Value = str | dict[str, str]


def write_values(page: Page, results: list[Result]) -> tuple[bool, str]:
    """Write what the functions gave; return whether the page changed and why it could not be written.

    A value that the page refuses fails its own run. Where the page takes all values or none, one
    failure fails all.
    """
    if not page.allow_partial:
        _fail_with_the_first(results)
    shown = [(result, value) for result in results if (value := _value_to_show(result)) is not None]
    if not shown:
        return False, page.last_error
    edits = [edit_of(result.run.job, value) for result, value in shown]
    made: EditResult | None = None

    def change(before: bytes) -> bytes:
        nonlocal made
        made = edit_page(page, before, edits)
        return before if made.refused and not page.allow_partial else made.page

    try:
        update = update_page(
            page.site_path(),
            change,
            fsync=core_settings().fsync,
            lock_timeout_s=periodic_settings().lock_timeout_s,
        )
    except SmallwebError as error:
        for result, _value in shown:
            result.fail(error.code, str(error))
        return False, str(error)
    assert made is not None
    _take_over(made, shown, page)
    return update.changed, ""


def edit_page(page: Page, before: bytes, edits: list[Edit]) -> EditResult:
    """Return the page with these edits made in the page's mode. Raises PageTooLarge, PageNotDecodable."""
    limit = periodic_settings().max_page_bytes
    if len(before) > limit:
        raise PageTooLarge(
            f"{page.name} has {len(before)} bytes; a page that jobs change may have {limit}. "
            "Raise SMALLWEB_PERIODIC['MAX_PAGE_BYTES'] or split the page."
        )
    return rewrite(before, edits) if page.mode == Page.Mode.REWRITE else apply_edits(before, edits)


def edit_of(job: Job, value: Value) -> Edit:
    """Return the edit that shows this value where the job says."""
    return Edit(
        tag_id=job.tag_id,
        kind=job.kind,  # type: ignore[arg-type]
        value=value,
        attribute=job.attribute,
        force=job.force,
        replace=job.replace_style,
    )


def _value_to_show(result: Result) -> Value | None:
    if result.outcome.succeeded:
        value: Value = result.outcome.value
        return value
    if result.run.job.on_error and not result.will_retry:
        return result.run.job.on_error
    return None


def _take_over(made: EditResult, shown: list[tuple[Result, Value]], page: Page) -> None:
    for index, (result, value) in enumerate(shown):
        if (refusal := made.refused.get(index)) is not None:
            result.fail(refusal.code, str(refusal))
        else:
            result.shown = value
    if not page.allow_partial:
        _fail_with_the_first([result for result, _value in shown])


def _fail_with_the_first(results: list[Result]) -> None:
    """The page takes all values or none: when one run failed, the others fail for it."""
    first = next((result for result in results if not result.outcome.succeeded), None)
    if first is None:
        return
    for result in results:
        if result.outcome.succeeded:
            result.fail("page_incomplete", f"Not written: {first.run.job.name} failed, and the page takes all or none.")
        result.shown = None
