"""celery on Redis, without Django and without a result store; worker processes."""

from __future__ import annotations

import os

from celery import Celery

from bench.engines import work

app = Celery("bench", broker=os.environ["BENCH_REDIS"])
app.conf.task_default_queue = os.environ["BENCH_QUEUE"]
app.conf.broker_connection_retry_on_startup = True
if "BENCH_ACKS_LATE" in os.environ:
    app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True)


@app.task(ignore_result=True)
def note(number: int, pause_s: float) -> None:
    work.note(number, pause_s)


def enqueue(number: int, pause_s: float) -> None:
    note.delay(number, pause_s)
