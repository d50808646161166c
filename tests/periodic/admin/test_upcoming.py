from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

URL = "/admin/smallweb_periodic/job/upcoming/"


def _ask(client: Client, **typed: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(URL, typed).json()
    return answer


def test_an_interval_and_a_cron_line_show_five_times_and_words(boss: Client) -> None:
    for typed in ({"every": "10m"}, {"cron": "*/10 * * * *"}):
        answer = _ask(boss, **typed)
        assert len(answer["times"]) == 5
        assert "error" not in answer
        assert "10" in answer["words"]


def test_a_zone_and_an_end_count(boss: Client) -> None:
    answer = _ask(
        boss, cron="0 9 * * *", time_zone="Asia/Tokyo", starts_at="2040-01-01 00:00:00", ends_at="2040-01-03"
    )
    assert [time[-19:] for time in answer["times"]] == [
        "2040-01-01 00:00:00",
        "2040-01-02 00:00:00",
        "2040-01-03 00:00:00",
    ]
    assert "Asia/Tokyo" in answer["words"]


@pytest.mark.parametrize(
    "typed",
    [{}, {"every": "soon"}, {"cron": "* *"}, {"cron": "0 0 30 2 *"}, {"every": "1m", "cron": "* * * * *"},
     {"every": "1m", "time_zone": "../etc"}, {"every": "1m", "starts_at": "never"}, {"cron": "*" * 101}],
)  # fmt: skip
def test_what_makes_no_schedule_is_answered_with_the_reason(typed: dict[str, str], boss: Client) -> None:
    answer = _ask(boss, **typed)
    assert answer["error"]
    assert "times" not in answer
