"""Which engines are compared, how their workers are started, and what their manuals promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Command = tuple[str, ...]
STOCK = "django-q2"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """``command`` is given to Python, with ``{workers}`` filled in; ``per_worker``: once for each worker.

    ``migrate`` makes the tables, where there are any. ``has_many``: it enqueues many tasks in one call.
    ``calls_in_child``: functions run in a child of the worker. ``is_measured``: else only its promise is
    tried.
    """

    name: str
    title: str
    module: str
    store: Literal["sqlite", "postgres", "redis"]
    promise: str
    command: Command
    migrate: Command | None = None
    per_worker: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    has_many: bool = False
    calls_in_child: bool = False
    is_measured: bool = True

    def commands(self, workers: int) -> list[Command]:
        one = tuple(part.format(workers=workers) for part in self.command)
        return [one] * workers if self.per_worker else [one]


_AT_LEAST_ONCE = (
    "at least once: what a dead worker had in hand begins again; at most once for tasks that ask for it"
)
_DJANGO = {"DJANGO_SETTINGS_MODULE": "bench.engines.settings"}
_DJANGO_MIGRATE = ("-m", "django", "migrate", "--verbosity=0")
_SMALLWEB = {
    "DJANGO_SETTINGS_MODULE": "smallweb_project.settings",
    "SMALLWEB_APPS": "bench.engines.smallweb_site",
}


def _smallweb(name: str, title: str, store: Literal["sqlite", "postgres"]) -> Engine:
    return Engine(
        name=name,
        title=title,
        module="bench.engines.with_smallweb",
        store=store,
        command=("manage.py", "qcluster", "--workers", "{workers}"),
        migrate=("manage.py", "migrate", "--verbosity=0"),
        environment=_SMALLWEB,
        has_many=True,
        calls_in_child=True,
        promise="at least once: what a dead worker had in hand begins again; `at_most_once` by choice",
    )


def _django_q(name: str, title: str, store: Literal["sqlite", "postgres"], **settings: str) -> Engine:
    return Engine(
        name=name,
        title=title,
        module="bench.engines.with_django_q",
        store=store,
        command=("-m", "django", "qcluster"),
        migrate=_DJANGO_MIGRATE,
        environment={**_DJANGO, "BENCH_APPS": "django_q", **settings},
        promise="at least once: given out again after `retry` seconds (tried with 15)",
    )


def _celery(name: str, title: str, promise: str, **settings: str) -> Engine:
    options = ("--concurrency={workers}", "--loglevel=ERROR")
    return Engine(
        name=name,
        title=title,
        module="bench.engines.with_celery",
        store="redis",
        command=("-m", "celery", "-A", "bench.engines.with_celery", "worker", *options),
        environment=settings,
        promise=promise,
        is_measured=not settings,
    )


ENGINES = [
    _smallweb("smallweb", "smallweb, SQLite", "sqlite"),
    _django_q(STOCK, "django-q2, SQLite", "sqlite"),
    _django_q("django-q2-tuned", "django-q2 tuned, SQLite", "sqlite", BENCH_TUNED="1"),
    Engine(
        name="huey",
        title="huey, SQLite",
        promise="at most once: taken from the queue before it runs",
        module="bench.engines.with_huey",
        store="sqlite",
        command=(
            *("-m", "huey.bin.huey_consumer", "bench.engines.with_huey.huey"),
            *("--workers={workers}", "--worker-type=process", "--quiet"),
        ),
    ),
    Engine(
        name="django-tasks",
        title="django-tasks-db, SQLite",
        promise="at most once: a task stays RUNNING when its worker dies",
        module="bench.engines.with_django_tasks",
        store="sqlite",
        command=("-m", "django", "db_worker", "--verbosity=0"),
        migrate=_DJANGO_MIGRATE,
        per_worker=True,
        environment={**_DJANGO, "BENCH_APPS": "django_tasks django_tasks_db"},
    ),
    _smallweb("smallweb-postgres", "smallweb, PostgreSQL", "postgres"),
    _django_q("django-q2-postgres", "django-q2, PostgreSQL", "postgres"),
    Engine(
        name="procrastinate",
        title="procrastinate, PostgreSQL",
        promise="at most once unless a task of your own calls `get_stalled_jobs` and `retry_job`",
        module="bench.engines.with_procrastinate",
        store="postgres",
        command=("-m", "django", "procrastinate", "worker"),
        migrate=_DJANGO_MIGRATE,
        per_worker=True,
        environment={**_DJANGO, "BENCH_APPS": "procrastinate.contrib.django"},
        has_many=True,
    ),
    _celery("celery", "celery, Redis", "at most once: acknowledged before it runs"),
    _celery(
        "celery-late",
        "celery with acks_late, Redis",
        "at least once: given out again after `visibility_timeout` (an hour)",
        BENCH_ACKS_LATE="1",
    ),
]
