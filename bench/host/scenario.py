"""What one measurement runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """``jobs`` jobs, dealt out to ``pages`` pages of about ``page_bytes`` bytes."""

    jobs: int
    pages: int = 1
    page_bytes: int = 10_000
    every: str = "1m"

    @classmethod
    def from_environment(cls) -> Scenario:
        kinds = {"jobs": int, "pages": int, "page_bytes": int, "every": str}
        given = {field.name: os.environ.get(f"BENCH_{field.name.upper()}") for field in fields(cls)}
        return cls(**{name: kinds[name](value) for name, value in given.items() if value is not None})

    def environment(self) -> Mapping[str, str]:
        return {f"BENCH_{name.upper()}": str(value) for name, value in asdict(self).items()}

    def page_name(self, number: int) -> str:
        return f"page-{number}.html"

    def tag_id(self, job: int) -> str:
        return f"tag-{job}"

    def jobs_of(self, page: int) -> range:
        return range(page, self.jobs, self.pages)
