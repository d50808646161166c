"""The unit of work: claim what is due on a page, call the functions, write the page once, record it all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils import timezone

from ...core.invoke import CallHost
from ..models import JobRun, Page
from .call_functions import answer_call, call_functions
from .claim_runs import Claim, claim_runs
from .finish_runs import finish_runs
from .result import Result
from .write_values import write_values

# One child for all passes of a worker: module state of the site's functions stays alive in it.
_host = CallHost(answer_call)


def run_page(page_id: int, *, only: Iterable[int] | None = None) -> list[JobRun]:
    """Run what is due on the page and return the runs; ``only`` limits it to these jobs' primary keys.

    No fault of a function leaves here: it is recorded with its run. A page that cannot be written
    fails every run of the pass with the reason.
    """
    try:
        claim = claim_runs(page_id, now=timezone.now(), only=only)
    except Page.DoesNotExist:
        return []
    if not claim.runs:
        return []
    outcomes = call_functions(claim.runs, host=_host, on_wait=_keep_lease(claim))
    results = [Result(run, outcome) for run, outcome in zip(claim.runs, outcomes, strict=True)]
    page_changed, page_error = write_values(claim.page, results)
    finish_runs(claim, results, page_changed=page_changed, page_error=page_error, now=timezone.now())
    return claim.runs


def _keep_lease(claim: Claim) -> Callable[[], None]:
    def extend() -> None:
        JobRun.objects.extend_lease(claim.lease, now=timezone.now())

    return extend
