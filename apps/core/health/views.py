"""What a monitor asks: does the process answer, is the site well, and in numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .access import may_see_details
from .report import recent_report, worst

View = Callable[[HttpRequest], HttpResponse]


def for_monitors(view: View) -> View:
    """Let the view be read only, never kept, and called without a transaction: there may be no database."""
    # Nothing is changed here; exempt from CSRF, a POST hears 405 and not 403.
    return csrf_exempt(transaction.non_atomic_requests(require_safe(never_cache(view))))


@for_monitors
def show_health(request: HttpRequest) -> HttpResponse:
    """Answer 200, or 503 when something is critical; who may see details gets each check's result."""
    results = recent_report.results(timezone.now())
    level = worst(results)
    answer: dict[str, object] = {"status": level}
    if may_see_details(request):
        answer["checks"] = [dataclasses.asdict(result) for result in results]
    return JsonResponse(answer, status=503 if level == "critical" else 200)


@for_monitors
def show_live(request: HttpRequest) -> HttpResponse:
    """Answer 200: this process takes requests. Nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@for_monitors
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Answer in the text format of Prometheus, or of OpenMetrics to who accepts that."""
    if not may_see_details(request):
        refused = "Log in as staff, or send 'Authorization: Bearer <HEALTH_TOKEN of SMALLWEB_CORE>'.\n"
        return _text(refused, status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        from ..metrics.exposition import exposed
    except ImportError as error:
        missing = f"prometheus-client is not installed ({error}). "
        return _text(missing + "Type: pip install 'django-smallweb[metrics]'.\n", status=501)
    body, content_type = exposed(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)


def _text(text: str, *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
