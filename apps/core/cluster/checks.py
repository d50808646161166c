"""System checks of what the workers stand on: ``Q_CLUSTER`` and the database."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.module_loading import import_string
from django_q.conf import Conf

BROKER = "smallweb.core.cluster.broker.WorkBroker"
MIN_SQLITE_TIMEOUT_S = 10
# What django-q2 asks for a broker only when none is named.
_OTHER_BROKERS = ("redis", "django_redis", "iron_mq", "sqs", "mongo")


def _has_workers() -> bool:
    return apps.is_installed("django_q")


def _q_cluster() -> dict[str, Any]:
    return dict(getattr(settings, "Q_CLUSTER", {}))


@register()
def check_broker(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without our broker the workers never hear of what is due, and nothing says so."""
    if not _has_workers():
        return [
            Warning(
                "django_q is not in INSTALLED_APPS: jobs and tasks wait for ever.",
                hint="Add 'django_q' below 'smallweb.core'.",
                id="smallweb_core.W005",
            )
        ]
    named = _q_cluster().get("broker_class")
    if _is_ours(named):
        return []
    return [
        Error(
            f"Q_CLUSTER['broker_class'] is {named!r}: what is due would never run.",
            hint=f"Write {BROKER!r}.",
            id="smallweb_core.E005",
        )
    ]


@register()
def check_cluster(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse what keeps work from being done; warn of what harms the site's own django-q2 tasks."""
    if not _has_workers():
        return []
    given = _q_cluster()
    fatal = list(_fatal(given))
    if fatal:
        return fatal
    own = [
        Warning(
            f"Q_CLUSTER: {problem}.",
            hint="This touches only tasks started with django_q.tasks.async_task; if there are none, "
            "silence it with SILENCED_SYSTEM_CHECKS.",
            id="smallweb_core.W003",
        )
        for problem in own_task_problems(given)
    ]
    return [*own, *_ignored(given)]


@register()
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite must be a file, and needs settings with which several processes can write to it."""
    default = connections[DEFAULT_DB_ALIAS]
    if not _has_workers() or default.vendor != "sqlite":
        return []
    name, options = str(default.settings_dict["NAME"]), default.settings_dict["OPTIONS"]
    if name.startswith("file:memorydb_"):  # Django's own, for tests
        return []
    if name == ":memory:" or "mode=memory" in name:
        return [
            Error(
                "The default database is in memory: the workers, other processes, would see an empty one.",
                hint="Name a file in DATABASES['default']['NAME'].",
                id="smallweb_core.E009",
            )
        ]
    lacking = "; ".join(_lacking(options))
    if not lacking:
        return []
    return [
        Warning(
            f"DATABASES['default'] is SQLite without {lacking}: writers will meet 'database is locked'.",
            hint="Write DATABASES['default']['OPTIONS'] = {'transaction_mode': 'IMMEDIATE', 'timeout': 20, "
            "'init_command': 'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;'}.",
            id="smallweb_core.W002",
        )
    ]


def own_task_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Say how the site's own tasks would run twice, for ever or never; what is not given is django-q2's."""
    timeout_s, retry_s = given.get("timeout"), given.get("retry", 60)
    if not timeout_s or timeout_s < 0:
        yield f"'timeout' is {timeout_s!r}, so that a task that hangs keeps its worker for ever; write 60"
    elif retry_s <= (least_s := _least_retry_s(given, timeout_s)):
        yield f"'retry' is {retry_s}, so that a task that waits may run twice; write more than {least_s:g}"
    if not given.get("ack_failures") and not given.get("max_attempts"):
        yield "a task that fails is begun again for ever; write 'ack_failures': True or 'max_attempts': 3"
    if given.get("bulk", 1) < 1:
        yield f"'bulk' is {given['bulk']!r}, so that no task is ever taken; leave it out"


def _least_retry_s(given: Mapping[str, Any], timeout_s: float) -> float:
    """A task is locked when it is put into the queue, and may wait there for all those before it."""
    workers = given.get("workers") or Conf.WORKERS
    ahead = given.get("queue_limit", workers**2) + given.get("bulk", 1)
    return timeout_s * (1 + math.ceil(ahead / workers)) if workers > 0 else timeout_s


def _fatal(given: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if given.get("sync"):
        yield Error(
            "Q_CLUSTER['sync'] is on: the processes of the workers would share one database connection.",
            hint="Leave it out.",
            id="smallweb_core.E006",
        )
    # Without 'workers', or with 0, django-q2 takes one for each processor.
    counts = {"workers": given.get("workers") or 1, "queue_limit": given.get("queue_limit", 1)}
    for key, value in counts.items():
        if not isinstance(value, int) or value < 1:
            yield Error(
                f"Q_CLUSTER[{key!r}] is {value!r}: nothing would ever run.",
                hint="Write a whole number from 1 up, or leave it out.",
                id="smallweb_core.E007",
            )
    alias = given.get("orm")
    if alias is not None and alias not in connections:
        yield Error(
            f"Q_CLUSTER['orm'] is {alias!r}, which DATABASES does not have: the workers could not look.",
            hint=f"Write {DEFAULT_DB_ALIAS!r}, or leave it out.",
            id="smallweb_core.E008",
        )


def _ignored(given: Mapping[str, Any]) -> list[CheckMessage]:
    named = [key for key in _OTHER_BROKERS if given.get(key)]
    if not named or not _is_ours(given.get("broker_class")):
        return []
    return [
        Warning(
            f"Q_CLUSTER[{key!r}] has no effect: 'broker_class' decides, and its queue is the database.",
            hint="Leave it out.",
            id="smallweb_core.W004",
        )
        for key in named
    ]


def _lacking(options: Mapping[str, Any]) -> Iterator[str]:
    if str(options.get("transaction_mode")).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield "'transaction_mode': 'IMMEDIATE'"
    if float(options.get("timeout", 5)) < MIN_SQLITE_TIMEOUT_S:
        yield f"a 'timeout' of {MIN_SQLITE_TIMEOUT_S} s or more"
    if "journal_mode=wal" not in str(options.get("init_command")).lower().replace(" ", ""):
        yield "journal_mode=WAL in 'init_command'"


def _is_ours(named: object) -> bool:
    if not isinstance(named, str):
        return False
    try:
        return issubclass(import_string(named), import_string(BROKER))
    except (ImportError, TypeError):
        return False
