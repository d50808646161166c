"""The process that enqueues: ``python -m bench.engines.client MODULE MANNER COUNT``; prints moments as JSON.

``backlog``: one by one without pause; ``many``: in one call; ``spaced``: one by one, a random 50 to 250 ms
apart, so that no engine's rhythm is met; ``lasting``: as ``backlog``, each to run for 100 ms. Printed are the
moments just before each call, and the one after the last.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from types import ModuleType

LASTING_S = 0.1
# Numbers are not used twice in one database: those of a manner begin here.
FIRST = {"backlog": 0, "many": 1_000_000, "spaced": 2_000_000, "lasting": 3_000_000, "after": 4_000_000}


def main() -> None:
    name, manner, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        import django

        django.setup()
    print(json.dumps(_enqueue(importlib.import_module(name), manner, count)))


def _enqueue(engine: ModuleType, manner: str, count: int) -> list[float]:
    numbers = range(FIRST[manner], FIRST[manner] + count)
    if manner == "many":
        begun_at = time.monotonic()
        engine.enqueue_many(numbers)
        return [begun_at, time.monotonic()]
    moments = []
    for number in numbers:
        if manner == "spaced":
            time.sleep(random.uniform(0.05, 0.25))
        moments.append(time.monotonic())
        engine.enqueue(number, LASTING_S if manner in ("lasting", "after") else 0)
    return [*moments, time.monotonic()]


if __name__ == "__main__":
    main()
