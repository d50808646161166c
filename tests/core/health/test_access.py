from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from smallweb.core.health.access import may_see_details


def _may(authorization: str = "", user: User | None = None) -> bool:
    request = RequestFactory().get("/health/", headers={"Authorization": authorization})
    if user is not None:
        request.user = user
    return may_see_details(request)


@pytest.mark.parametrize(
    ("authorization", "passes"),
    [
        ("Bearer right", True),
        ("bearer  right ", True),
        ("Bearer Right", False),
        ("Bearer righ", False),
        ("Basic right", False),
        ("right", False),
        ("", False),
    ],
)
def test_the_token_is_all_of_the_token(authorization: str, passes: bool, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "HEALTH_TOKEN": "right"}
    assert _may(authorization) is passes


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer "])
def test_an_empty_token_opens_nothing(authorization: str) -> None:
    assert not _may(authorization)


def test_a_site_without_logins_has_no_staff() -> None:
    assert not _may()


@pytest.mark.parametrize(
    ("is_staff", "is_active", "passes"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_active_staff_pass(is_staff: bool, is_active: bool, passes: bool) -> None:
    assert _may(user=User(username="ann", is_staff=is_staff, is_active=is_active)) is passes
