from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from smallweb.core.health.report import recent_report
from tests.core.held_database import held_database
from tests.core.rows import make_task

pytestmark = pytest.mark.django_db

TOKEN = "plain-token"


@pytest.fixture
def _token(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "HEALTH_TOKEN": TOKEN, "HEALTH_MIN_FREE_BYTES": 1}


def _ask(client: Client, path: str = "/health/", *, token: str | None = None) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return client.get(path, headers=headers)


def test_everybody_hears_the_worst_word_and_nothing_else(client: Client) -> None:
    answer = _ask(client)
    assert (answer.status_code, answer.json()) == (200, {"status": "warning"})
    assert "no-store" in answer["Cache-Control"]


def test_what_is_critical_is_a_503(client: Client) -> None:
    make_task()
    answer = _ask(client)
    assert (answer.status_code, answer.json()) == (503, {"status": "critical"})


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_token_shows_each_check(client: Client, scheme: str) -> None:
    answer = client.get("/health/", headers={"Authorization": f"{scheme} {TOKEN}"}).json()
    checks = {check["name"]: check for check in answer["checks"]}
    assert set(checks) >= {"database", "migrations", "workers", "tasks", "leases", "bus", "disk", "schedule"}
    assert checks["workers"]["level"] == "warning"
    assert "qcluster" in checks["workers"]["do"]


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize("token", ["", "wrong", "plain", "plain-token\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_wrong_token_shows_no_more_than_none(client: Client, token: str) -> None:
    assert set(_ask(client, token=token).json()) == {"status"}
    assert _ask(client, "/health/metrics/", token=token).status_code == 401


@pytest.mark.parametrize("token", ["", "None"])
def test_without_a_token_in_the_settings_none_is_right(client: Client, token: str) -> None:
    assert set(_ask(client, token=token).json()) == {"status"}


@pytest.mark.parametrize(("is_staff", "shown"), [(True, {"status", "checks"}), (False, {"status"})])
def test_staff_see_each_check(client: Client, is_staff: bool, shown: set[str]) -> None:
    client.force_login(User.objects.create_user("ann", is_staff=is_staff))
    assert set(_ask(client).json()) == shown
    assert _ask(client, "/health/metrics/").status_code == (200 if is_staff else 401)


@pytest.mark.parametrize("path", ["/health/", "/health/live/", "/health/metrics/"])
def test_only_reading_is_allowed(client: Client, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path).status_code == 405
    assert client.head(path).content == b""


def test_asking_often_looks_once(client: Client, django_assert_num_queries: Any) -> None:
    _ask(client)
    with django_assert_num_queries(0):
        for _ in range(5):
            _ask(client)


def test_a_living_process_says_so_without_its_database(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = _ask(client, "/health/live/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_held_database_is_critical_but_answered(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.health.checks.DATABASE_WITHIN_S", 0.05)
    with held_database():
        answer = _ask(client)
        assert (answer.status_code, answer.json()) == (503, {"status": "critical"})
        recent_report.forget()
    assert _ask(client).status_code == 200


def test_a_login_that_cannot_be_looked_up_counts_as_none(client: Client) -> None:
    client.force_login(User.objects.create_user("ann", is_staff=True))
    recent_report.results(timezone.now())

    def refuse(*arguments: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert _ask(client).json() == {"status": "warning"}


@pytest.mark.usefixtures("_token")
def test_the_metrics_are_what_prometheus_reads(client: Client) -> None:
    answer = _ask(client, "/health/metrics/", token=TOKEN)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert {"smallweb_health", "smallweb_tasks", "smallweb_workers", "process_open_fds"} <= names


def test_no_transaction_is_begun_around_the_answers(client: Client) -> None:
    views = [resolve(path).func for path in ("/health/", "/health/live/", "/health/metrics/")]
    assert all("default" in view._non_atomic_requests for view in views)  # type: ignore[attr-defined]


def test_metrics_without_their_extra_name_it(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "smallweb.core.metrics.exposition", raising=False)
    real = builtins.__import__

    def without_prometheus(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("prometheus_client"):
            raise ImportError("No module named 'prometheus_client'")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_prometheus)
    answer = admin_client.get("/health/metrics/")
    assert answer.status_code == 501
    assert "django-smallweb[metrics]" in answer.content.decode()
