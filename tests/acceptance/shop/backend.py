"""What a shop has its workers do."""

from __future__ import annotations

import os
import signal
import time

from smallweb.core import TaskContext, task
from smallweb.periodic import job_function

STEP_S = 0.05


@task(name="shop.import_orders", timeout_s=600)
def import_orders(source: str, api_key: str, pages: int, context: TaskContext) -> dict[str, object]:
    for page in range(pages):
        context.report({"number": page / pages, "page": page + 1, "of": pages})
        time.sleep(STEP_S)
    return {"source": source, "pages": pages, "orders": [{"id": 17, "total": "12.50"}]}


@task(name="shop.send_receipt", max_attempts=3, retry_delay_s=0)
def send_receipt(to: str, order: int = 17) -> str:
    if not to.endswith("@example.org"):
        raise ValueError(f"the mail server refused <{to}>")
    return f"sent order {order} to {to}"


@task(name="shop.charge_card", at_most_once=True)
def charge_card(amount: float, card_token: str) -> None:
    """Take the worker down, as a machine that loses its power does."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


@job_function
def count_stock() -> str:
    time.sleep(60)
    return "counted"
