"""The Django settings of a site that is one script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from ...core.secret_key import kept_secret_key
from .config import Config

_SITE = "SMALLWEB_QUICKSTART"
_CLUSTER = {
    "orm": "default",
    "broker_class": "smallweb.core.cluster.broker.WorkBroker",
    "timeout": 60,
    "retry": 400,
    "ack_failures": True,
}
_LOCAL = ["localhost", "127.0.0.1", "[::1]"]


def settings_of(config: Config) -> dict[str, Any]:
    """Return the settings; the data folder is made."""
    data = Path(config.data_folder).resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    base = config.base_path.strip("/")
    prefix = f"{base}/" if base else ""
    return {
        "SECRET_KEY": kept_secret_key(data / "secret_key"),
        "DEBUG": config.debug,
        "ALLOWED_HOSTS": _hosts(config),
        "ROOT_URLCONF": "smallweb.rpc.quickstart.urls",
        "ASGI_APPLICATION": "smallweb.rpc.quickstart.asgi.application",
        "INSTALLED_APPS": [
            "smallweb.core", "smallweb.rpc", "daphne", "channels", "django_q", "django.contrib.auth",
            "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.staticfiles",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        "DATABASES": {"default": _database(data)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "STATIC_URL": f"/{prefix}{config.wispy_static_path.strip('/')}/",
        "SMALLWEB_CORE": _core(config, data, prefix),
        "SMALLWEB_RPC": _rpc(config),
        _SITE: {"base": prefix, "homepage": f"/{prefix}{config.static.homepage.lstrip('/')}"},
        "Q_CLUSTER": _CLUSTER,
        "LOGGING": _logging(config),
    }  # fmt: skip


def site_of_script() -> dict[str, str]:
    """Return the prefix of all addresses and the address of the homepage."""
    return getattr(settings, _SITE)  # type: ignore[no-any-return]


def _hosts(config: Config) -> list[str]:
    """Say which names the site may be called by; to be reached by any of them it must say so itself."""
    if "0.0.0.0" in (config.default_host, config.address):  # noqa: S104 - asked for
        return ["*"]
    return [*_LOCAL, *filter(None, (config.default_host, config.address))]


def _database(data: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(data / "db.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _core(config: Config, data: Path, prefix: str) -> dict[str, Any]:
    threads = config.synchronous_task_lock.max_workers
    return {
        "SITES": {f"{prefix}{route}": folder.resolve() for route, folder in config.static.routes().items()},
        "RUN_DIR": data / "run",
        "BUS_URL": f"sqlite:///{data / 'bus.sqlite3'}",
        "SOCKET_MAX_MESSAGE_BYTES": config.websocket_max_message_size,
        **({"SOCKET_THREADS": threads} if threads else {}),
    }


def _rpc(config: Config) -> dict[str, Any]:
    interface = config.interface
    return {
        "LOCKING": "all" if config.func_caller.locking_default else "none",
        "MAX_START_DELAY_S": config.func_caller.max_start_delay_default,
        "MAX_INTERFACE_DEPTH": interface.max_interface_depth,
        "INCLUDE_INTERNALS": interface.include_internals,
        "INCLUDE_DUNDERS": interface.include_dunders,
        "ACCESS_RESTRICTING_ATTRIBUTES": interface.access_restricting_attributes,
        "SOURCE_ACCESS": interface.source_access,
        "ADD_ATTRIBUTES": config.add_attributes,
    }


def _logging(config: Config) -> dict[str, Any]:
    logging = config.logging_config
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
        "loggers": {
            logging.logger: {"level": logging.level, "handlers": ["console"] if logging.stream else []},
        },
    }
