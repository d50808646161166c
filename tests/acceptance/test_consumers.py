"""Real consumers under a real qcluster: what was put is done, whoever is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil
import pytest

from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.processes import all_gone, children_of, kill_quietly, tree_of
from tests.acceptance.running_site import RunningSite, running_site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

# Each kill costs the start of a process.
ITEMS, KILLS = (300, 15) if os.environ.get("SMALLWEB_NIGHTLY") == "1" else (100, 5)


def _put(site: HostedSite, queue: str, values: str) -> None:
    _python(site, f"from smallweb.uploads import queue; queue({queue!r}).put_many({values})")


def _python(site: HostedSite, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=site.folder, env=site.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _send(site: RunningSite, name: str) -> None:
    """Send a form to the handler, as a visitor."""
    form = urlencode({"name": name}).encode()
    with urlopen(f"{site.url}/uploads/hello", form, timeout=20) as answer:
        assert json.load(answer) == {"status": "OK"}


def _want(site: HostedSite, *names: str, hold_s: float = 0.0) -> None:
    site.more_environment |= {
        "SMALLWEB_APPS": "tests.acceptance.desk",
        "SMALLWEB_TEST_CONSUMERS": " ".join(names),
        "SMALLWEB_TEST_HOLD_S": str(hold_s),
    }


def _seen(site: HostedSite, what: str = "done") -> list[str]:
    path = site.folder / "seen"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [word for _pid, did, word in lines if did == what]


def _consumers(main: int) -> list[psutil.Process]:
    children = psutil.Process(main).children()
    return [child for child in children if "smallweb_consumers" in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _left(site: HostedSite) -> str:
    return _python(site, "from smallweb.uploads.models import QueueItem; print(QueueItem.objects.count())")


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest) -> Iterator[HostedSite]:
    yield request.getfixturevalue("hosted" if request.param == "sqlite" else "hosted_on_postgres")


def test_what_a_handler_puts_a_function_in_the_background_greets(tmp_path: Path) -> None:
    env = {
        "SMALLWEB_APPS": "smallweb_project.demo,tests.acceptance.desk",
        "SMALLWEB_TEST_CONSUMERS": "greetings",
    }
    with running_site(tmp_path / "data", env=env) as site:
        _send(site, "Ann")
        _send(site, "Bo")
        wait_for(lambda: "Hello, Ann\nHello, Bo\n" in site.log.read_text(), limit_s=30)
        (consumer,) = [each for each in site.processes() if "smallweb_consumers" in _command(each)]
        consumer.kill()
        _send(site, "Cy")
        wait_for(lambda: "Hello, Cy\n" in site.log.read_text(), limit_s=30)
        assert "Traceback" not in site.log.read_text()


def test_no_item_is_lost_whatever_is_killed(site: HostedSite) -> None:
    _want(site, "numbers", hold_s=0.01)
    _put(site, "numbers", f"range({ITEMS})")
    main = site.start("qcluster")
    chance = random.Random(4)
    for kill in range(KILLS):
        before = len(_seen(site, "begun"))
        wait_for(lambda: len(_seen(site, "begun")) > before + chance.randrange(12), limit_s=20)  # noqa: B023
        if kill == KILLS // 2:
            tree = tree_of(main.pid)
            kill_quietly(main.pid)
            main.wait()
            wait_for(lambda: all_gone(tree))  # noqa: B023
            main = site.start("qcluster")
        else:
            for process in _consumers(main.pid):
                kill_quietly(process.pid)
    wait_for(lambda: _seen(site)[-1:] == [str(ITEMS - 1)], limit_s=60, what=site.log()[-2000:])
    done = [int(number) for number in _seen(site)]
    assert set(done) == set(range(ITEMS))
    assert all(later in (number, number + 1) for number, later in pairwise(done)), "the order was not kept"
    assert len(done) <= ITEMS + KILLS
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=20) == 0
    assert _left(site) == "0"


def test_consumers_of_every_kind_do_their_work(hosted: HostedSite) -> None:
    _want(hosted, "pairs", "later", "words")
    _put(hosted, "pairs", "range(40)")
    _put(hosted, "later", "range(100, 120)")
    _put(hosted, "words", "['stone', 'moss']")
    main = hosted.start("smallweb_consumers")
    wanted = {*map(str, [*range(40), *range(100, 120)]), "moss"}
    wait_for(lambda: set(_seen(hosted)) == wanted, limit_s=40, what=hosted.log()[-2000:])
    assert len(_seen(hosted)) == len(wanted)
    assert _seen(hosted, "begun").count("stone") == 2
    assert "ValueError: a stone lies there" in hosted.log()
    listed = hosted.run("smallweb_consumers", "--list").stdout.splitlines()
    assert [line.split() for line in listed if line.startswith("words")] == [
        ["words", "0", "0", "1", "\N{EN DASH}", "1", "of", "1"]
    ]
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=25) == 0


def test_a_stop_lets_an_item_end_and_ends_one_that_waits_at_once(hosted: HostedSite) -> None:
    _want(hosted, "numbers", "later", hold_s=1.0)
    _put(hosted, "numbers", "range(10)")
    main = hosted.start("smallweb_consumers")
    wait_for(lambda: _seen(hosted, "begun"), limit_s=20)
    wait_for(lambda: "0 of 1" not in hosted.run("smallweb_consumers", "--list").stdout, limit_s=20)
    tree = tree_of(main.pid)
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=15) == 0
    assert all_gone(tree)
    assert _seen(hosted, "begun") == _seen(hosted)
    assert "killed" not in hosted.log()
    states = _python(
        hosted,
        "from smallweb.uploads.models import QueueItem; "
        "print(set(QueueItem.objects.values_list('holder', 'attempts')))",
    )
    assert states == "{('', 0)}"


def test_a_worker_that_is_killed_leaves_the_consumers_alone(hosted: HostedSite) -> None:
    _want(hosted, "numbers")
    main = hosted.start("qcluster")
    (consumer,) = wait_for(lambda: _consumers(main.pid), limit_s=20)
    _put(hosted, "numbers", "[1]")
    wait_for(lambda: _seen(hosted) == ["1"], limit_s=20)
    (sentinel,) = [pid for pid in children_of(main.pid) if pid != consumer.pid]
    kill_quietly(sentinel)
    wait_for(lambda: {*children_of(main.pid)} - {consumer.pid, sentinel}, limit_s=20)
    _put(hosted, "numbers", "[2]")
    wait_for(lambda: _seen(hosted) == ["1", "2"], limit_s=20)
    assert [one.pid for one in _consumers(main.pid)] == [consumer.pid]
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=25) == 0


def test_a_database_that_was_restarted_ends_no_consumer(hosted_on_postgres: HostedSite) -> None:
    import psycopg

    site = hosted_on_postgres
    _want(site, "numbers")
    main = site.start("smallweb_consumers")
    _put(site, "numbers", "[1]")
    wait_for(lambda: _seen(site) == ["1"], limit_s=20)
    before = [one.pid for one in _consumers(main.pid)]
    with psycopg.connect(site.database_url or "", autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    _put(site, "numbers", "[2, 3]")
    wait_for(lambda: _seen(site) == ["1", "2", "3"], limit_s=20)
    assert [one.pid for one in _consumers(main.pid)] == before
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=15) == 0
