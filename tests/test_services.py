"""What a test does when the machine lacks what it needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.db import connection

from tests.services import require_service


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REDIS_URL", "redis://127.0.0.1:1/")


def test_a_missing_service_skips_the_test_of_a_developer(
    no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="redis is not there"):
        require_service("redis")


def test_a_missing_service_fails_the_test_in_ci(no_redis: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="redis is not there"):
        require_service("redis")


@pytest.mark.django_db
def test_the_tests_write_to_a_database_of_their_own_where_the_environment_says() -> None:
    on_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    assert connection.vendor == ("postgresql" if on_postgres else "sqlite")
    assert "test" in Path(str(connection.settings_dict["NAME"])).name
