"""Users of apps log in at a provider of OpenID Connect."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.sessions.asgi.site import migrate, served
from tests.sessions.oauth.provider import provided

pytestmark = pytest.mark.once


def test_an_app_for_users_gets_its_user_from_a_provider(tmp_path: Path) -> None:
    with provided() as provider:
        changes = {
            "DJANGO_SETTINGS_MODULE": "tests.sessions.oauth.site_settings",
            "TEST_PROVIDER": provider.url,
        }
        (tmp_path / "made").mkdir()
        database = migrate(tmp_path / "made", changes)
        with served(tmp_path / "site", database, **changes) as site, site.visitor() as ann:
            ann.headers["Accept"] = "text/html"
            ann.follow_redirects = True
            answer = ann.get("/apps/closed/?a=1")
            shown = answer.json()
            assert [_place(one) for one in answer.history] == [
                "/apps/closed/",
                "/accounts/oidc/company/login/",
                "/authorize",
                "/accounts/oidc/company/login/callback/",
            ]
            assert shown["is_authenticated"]
            assert (shown["email"], shown["query"]) == ("ann@example.org", {"a": "1"})
            assert "Ann Ada, ann@example.org" in ann.get("/apps/named/").text


def _place(answer: httpx.Response) -> str:
    return answer.request.url.path
