"""The project: all apps of the suite on SQLite and nothing else; other servers by environment.

SECRET_KEY, DEBUG, ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, HTTPS (behind a proxy that ends TLS), TIME_ZONE,
DATABASE_URL, REDIS_URL, EMAIL_URL, ADMINS (mail addresses that hear of failing jobs), LOG_LEVEL,
SMALLWEB_APPS (your own apps, in place of the demo), SMALLWEB_SITE (folder of the pages), SMALLWEB_DATA
(folder for the database, the key and sockets), SMALLWEB_WORKERS, SMALLWEB_HEALTH_TOKEN (of monitors).
"""

from __future__ import annotations

import os
from pathlib import Path

import environ

from smallweb.core.secret_key import kept_secret_key

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("SMALLWEB_DATA", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # the database holds sessions and password hashes

SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret_key(DATA_DIR / "secret_key")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "smallweb.core",
    "smallweb.periodic",
    "smallweb.rpc",
    "smallweb.dispatch",
    "smallweb.uploads",
    "smallweb.sessions",
    *env.list("SMALLWEB_APPS", default=["smallweb_project.demo"]),
    "channels",
    "django_q",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "smallweb_project.urls"
ASGI_APPLICATION = "smallweb_project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL and IMMEDIATE: without both, one writer in five meets "database is locked" under load.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
SITE_DIR = Path(env.str("SMALLWEB_SITE", str(DATA_DIR / "site")))
if "SMALLWEB_SITE" not in os.environ:
    SITE_DIR.mkdir(parents=True, exist_ok=True)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # ServeStatic warns of a missing one
SERVESTATIC_USE_FINDERS = True
X_FRAME_OPTIONS = "DENY"
if env.bool("HTTPS", False):
    # The proxy must set this header itself and drop what a client sends.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
ADMINS = [(address, address) for address in env.list("ADMINS", default=[])]
EMAIL_TIMEOUT = 20  # a mail server that does not answer must not keep a worker for ever
EMAIL_CONFIG = env.email_url("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)

REDIS_URL = env.str("REDIS_URL", "")
CHANNEL_LAYERS = {"default": {"BACKEND": "smallweb.core.layers.BusLayer"}}

SMALLWEB_CORE = {
    "SITES": {"": SITE_DIR},
    "RUN_DIR": str(DATA_DIR / "run"),
    "BUS_URL": env.str("SMALLWEB_BUS_URL", "") or REDIS_URL or f"sqlite:///{DATA_DIR / 'bus.sqlite3'}",
    "HEALTH_TOKEN": env.str("SMALLWEB_HEALTH_TOKEN", ""),
}

SMALLWEB_UPLOADS = {"ROOTS": {"uploads": DATA_DIR / "uploads"}}

Q_CLUSTER = {
    "name": "smallweb",
    "broker_class": "smallweb.core.cluster.broker.WorkBroker",
    "orm": "default",
    "workers": env.int("SMALLWEB_WORKERS", 2),
    "queue_limit": 4,
    "bulk": 1,
    "recycle": 10_000,  # a worker that is replaced is missing for a moment, and its functions' state with it
    "timeout": 60,
    "retry": 400,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "log_level": "WARNING",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
    # Django sets this one to INFO: each request would print a line and push the first password out of sight.
    "loggers": {"django": {"level": env.str("LOG_LEVEL", "WARNING")}},
}
