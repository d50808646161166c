from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from smallweb.core.metrics import Gauge, MetricSource, metric_sources
from smallweb.core.metrics.exposition import exposed
from tests.core.rows import make_task

pytestmark = pytest.mark.django_db

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def _samples(body: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return each number by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_all_sources_are_read_anew_at_each_scrape() -> None:
    body, content_type = exposed("text/plain")
    assert content_type.startswith("text/plain")
    samples = _samples(body)
    assert samples["smallweb_clusters", ()] == 0
    assert samples["smallweb_job_live", ()] >= 0
    assert ("process_resident_memory_bytes", ()) in samples
    make_task("not.in.the.code")
    assert _samples(exposed("")[0])["smallweb_tasks", ("ready", "other")] == 1


def test_openmetrics_is_given_to_who_accepts_it() -> None:
    body, content_type = exposed(OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text")
    parse = openmetrics_parser.text_string_to_metric_families
    families = list(parse(body.decode()))  # type: ignore[no-untyped-call]
    own = [family for family in families if family.name.startswith("smallweb_")]
    assert own
    assert all(family.documentation and family.type == "gauge" for family in own)


def test_a_source_that_fails_leaves_out_its_own_numbers_only(caplog: pytest.LogCaptureFixture) -> None:
    def fail(now: datetime) -> Iterator[Gauge]:
        yield Gauge(name="tests_before", help="Before the fault.", values={(): 1})
        raise RuntimeError("broken")

    def hostile(now: datetime) -> list[Gauge]:
        values: dict[tuple[str, ...], float] = {('a "quoted"\n\\name',): 2.0}
        return [Gauge(name="tests_hostile", help="A\nlong \\ text.", labels=("name",), values=values)]

    sources = (MetricSource(name="fails", read=fail), MetricSource(name="hostile", read=hostile))
    with metric_sources.temporarily(*sources):
        samples = _samples(exposed("")[0])
    assert ("tests_before", ()) not in samples
    assert samples["tests_hostile", ('a "quoted"\n\\name',)] == 2
    assert ("smallweb_clusters", ()) in samples
    assert "metrics=fails could not be read" in caplog.text
