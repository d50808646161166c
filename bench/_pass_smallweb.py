"""One pass of smallweb over all due pages, rows included; run in a process of its own."""

from __future__ import annotations

import os
import sys

from bench._measure import measure, report


def main() -> None:
    os.environ["SMALLWEB_DATA"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.host.settings"
    import django

    django.setup()
    from smallweb.core.invoke import worker_host
    from smallweb.periodic.models import Page
    from smallweb.periodic.services.run_page import run_page

    def run_all() -> None:
        for page_id in pages:
            run_page(page_id)

    pages = list(Page.objects.order_by("pk").values_list("pk", flat=True))
    report(measure(run_all, end_children=worker_host.close))


if __name__ == "__main__":
    main()
