"""Long work: /pages/Words/count answers at once, and a worker counts."""

from __future__ import annotations

import re
import time
from pathlib import Path

from django.utils.html import strip_tags

from smallweb.core.conf import core_settings
from smallweb.dispatch import Controller, Progress, endpoint, task

PAUSE_S = 0.4


class Words(Controller, access="public"):
    @endpoint(per_minute=12)
    @task
    def count(self, progress: Progress) -> dict[str, int]:
        """Count the words of all pages, slowly enough to watch."""
        pages = all_pages()
        words = 0
        for number, page in enumerate(pages, start=1):
            words += len(re.findall(r"\w+", strip_tags(page.read_text(errors="replace"))))
            progress(number=number, total=len(pages), title=page.name, words=words)
            time.sleep(PAUSE_S)
        return {"pages": len(pages), "words": words}


def all_pages() -> list[Path]:
    return sorted(core_settings().sites[""].rglob("*.html"))
