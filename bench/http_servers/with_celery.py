"""Celery on Redis, which keeps the results, too."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])
app.conf.broker_connection_retry_on_startup = True


@app.task
def trivial(number: int) -> int:
    return number
