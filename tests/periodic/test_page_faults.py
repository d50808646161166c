from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.services import require_service
from tests.source import ROOT

FAULTS = ["signal=KILL", "error=EIO", "error=ENOSPC", "error=EDQUOT"]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    require_service("strace")
    done = subprocess.run(
        [sys.executable, "-m", "tests.periodic.page_faults", str(tmp_path_factory.mktemp("faults")), *FAULTS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_answer(
    result: dict[str, Any],
) -> None:
    temporary, folder = r"/site/\.index\.html\.[^>\"]+", r"/site>"
    order = [
        r"openat\([^\"]*\"\.index\.html\.[^\"]+\", O_WRONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600\)",
        rf"write\(\d+<[^>]*{temporary}>",
        rf"fsync\(\d+<[^>]*{temporary}>\)",
        rf"close\(\d+<[^>]*{temporary}>\)",
        rf"renameat\(\d+<[^>]*{folder}, \"\.index\.html\.[^\"]+\", \d+<[^>]*{folder}, \"index\.html\"\)",
        rf"fsync\(\d+<[^>]*{folder}\)",
    ]
    calls = result["calls"]
    found = [next(i for i, call in enumerate(calls) if re.search(pattern, call)) for pattern in order]
    assert result["said"] == "ok"
    assert found == sorted(found)


def test_every_fault_is_injected(result: dict[str, Any]) -> None:
    assert len(result["outcomes"]) == len(result["calls"]) * len(FAULTS) > 50
    assert [outcome for outcome in result["outcomes"] if not outcome["hit"]] == []


def test_whatever_call_fails_the_page_is_the_old_or_the_new_one(result: dict[str, Any]) -> None:
    assert {outcome["page"] for outcome in result["outcomes"]} == {"old", "new"}


def test_what_the_writer_says_is_what_the_page_is(result: dict[str, Any]) -> None:
    expected = {"ok": "new", "durability_unknown": "new"}
    for outcome in result["outcomes"]:
        if outcome["fault"] != "signal=KILL":
            said = outcome["said"].partition(":")[0]
            assert outcome["page"] == expected.get(said, "old"), outcome


def test_every_error_is_one_of_the_suite(result: dict[str, Any]) -> None:
    codes = {
        "page_not_writable",
        "page_not_readable",
        "durability_unknown",
        "lock_unusable",
        "no_such_file",
        "ok",
    }
    for outcome in result["outcomes"]:
        if outcome["fault"] != "signal=KILL":
            assert outcome["said"].partition(":")[0] in codes, outcome


def test_only_a_killed_writer_leaves_its_temporary_for_the_sweep(result: dict[str, Any]) -> None:
    for outcome in result["outcomes"]:
        assert len(outcome["beside"]) <= 1
        # Where even the removal fails there is nothing else to do than to leave it to the sweep.
        assert not outcome["beside"] or outcome["fault"] == "signal=KILL", outcome
        assert all(
            re.fullmatch(r"\.index\.html\.\d+-[0-9a-f]{12}\.smallweb-tmp", name) for name in outcome["beside"]
        )
