"""A site whose users log in at a provider, as docs/sessions.md says."""

from __future__ import annotations

import os

from tests.sessions.asgi.site_settings import *  # noqa: F403
from tests.sessions.oauth.provider import CLIENT, SECRET

ROOT_URLCONF = "tests.sessions.oauth.site_urls"
INSTALLED_APPS = [
    *INSTALLED_APPS,  # noqa: F405
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]  # noqa: F405
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "/accounts/oidc/company/login/"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": "Company",
                "client_id": CLIENT,
                "secret": SECRET,
                "settings": {"server_url": os.environ.get("TEST_PROVIDER", "")},
            }
        ]
    }
}
