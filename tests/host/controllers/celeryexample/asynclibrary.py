"""kernkoa's example of work in the background."""

from __future__ import annotations

import time
from typing import Any

from smallweb.dispatch import Controller, Html, Progress, private


class asyncclass(Controller, access="public", safe=True):
    def triggerfunction(self, params: Any = None) -> str:
        task = self.start("asyncfunction_celery", params)
        return Html(
            "<a href='" + self.request.build_absolute_uri("/status/" + task["id"]) + "'>Async Test</a>"
        )

    @private
    def asyncfunction_celery(self, celery_instance: Progress, params: Any = None) -> int:
        for i in range(10):
            if celery_instance:
                celery_instance.update_state(
                    state="inProgress",
                    meta={"number": i + 1, "title": "Contando con 2 segundos de desfase hasta 10"},
                )
            time.sleep(0.3)
        return i + 1
