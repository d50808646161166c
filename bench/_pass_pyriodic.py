"""One run of pyriodic-backend over the same pages with the same functions; run in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from pyriodic_backend.backend import FileJSONBackend
from pyriodic_backend.entities import HTMLFile
from pyriodic_backend.pyriodic_backend import PyriodicBackend

from bench._measure import measure, report
from bench.host.functions import make_function
from bench.host.scenario import Scenario


def main() -> None:
    data, scenario = Path(sys.argv[1]), Scenario.from_environment()
    backend = PyriodicBackend(backend=FileJSONBackend(str(data / "db.json")))
    for page in range(scenario.pages):
        file = HTMLFile(str(data / "site" / scenario.page_name(page)))
        for number in scenario.jobs_of(page):
            backend.register(html_file=file, tag_id=scenario.tag_id(number), func=make_function(number))
    report(measure(backend.run))


if __name__ == "__main__":
    main()
