"""Kill any member of a qcluster at any moment, and keep its main process running as a supervisor does."""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from collections import Counter
from typing import NamedTuple

import psutil

from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.processes import all_gone, kill_quietly
from tests.waiting import wait_for

ORPHANS_S = 2.0
_WEIGHTS = {"worker": 4, "call": 4, "pusher": 1, "monitor": 1, "sentinel": 1, "main": 1}


class Member(NamedTuple):
    pid: int
    role: str
    below: frozenset[int]


class KeptCluster:
    """A qcluster that is started again, as the same tree, when its main process is killed."""

    def __init__(self, site: HostedSite, *, workers: int = 2) -> None:
        self._site = site
        self._workers = workers
        self._tree = uuid.uuid4().hex
        self.kills: Counter[str] = Counter()
        self.gone_s: list[float] = []
        self._start()

    def kill_any(self, chance: random.Random) -> Member:
        """Kill one member, of a role by weight, and see to it that nothing of its tree is left behind."""
        (role,) = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        members, victims = self.find(role)
        return self.kill(chance.choice(victims), members)

    def find(self, role: str) -> tuple[list[Member], list[Member]]:
        """Wait for members of this role; return all members of that moment, and those."""

        def look() -> tuple[list[Member], list[Member]] | None:
            members = self.members()
            fitting = [member for member in members if member.role == role]
            return (members, fitting) if fitting else None

        return wait_for(look, limit_s=20, what=f"a {role}; log: {self._site.log()[-3000:]}")

    def kill(self, victim: Member, members: list[Member]) -> Member:
        assert self.main.poll() is None, f"qcluster ended by itself; log: {self._site.log()[-3000:]}"
        kill_quietly(victim.pid)
        begun = time.monotonic()
        self.kills[victim.role] += 1
        old = {member.pid for member in members if member.role != "main"} | {victim.pid}
        if victim.role == "main":
            self.main.wait()
            self._start()
        elif victim.role == "call":
            old = {victim.pid}
        what = f"an end of the tree after the {victim.role} was killed; log: {self._site.log()[-3000:]}"
        wait_for(lambda: all_gone(old), limit_s=ORPHANS_S, what=what)
        self.gone_s.append(time.monotonic() - begun)
        return victim

    def kill_all(self) -> None:
        """Kill every process at once, for good."""
        for member in self.members():
            kill_quietly(member.pid)
        self.main.wait()

    def members(self) -> list[Member]:
        """Return what there is of the tree at this moment."""
        try:
            below = psutil.Process(self.main.pid).children(recursive=True)
            parents = {child.pid: child.ppid() for child in below}
        except psutil.NoSuchProcess:
            return []
        children: dict[int, list[int]] = {}
        for pid, parent in parents.items():
            children.setdefault(parent, []).append(pid)
        found = [Member(self.main.pid, "main", frozenset(parents))]
        for sentinel in children.get(self.main.pid, []):
            found.append(Member(sentinel, "sentinel", frozenset()))
            for index, pid in enumerate(sorted(children.get(sentinel, []))):
                found.append(Member(pid, self._role(index), frozenset(children.get(pid, []))))
                found += [Member(call, "call", frozenset()) for call in children.get(pid, [])]
        return found

    def _role(self, index: int) -> str:
        if index <= self._workers:  # there is one more than may run tasks
            return "worker"
        return "monitor" if index == self._workers + 1 else "pusher"

    def stop(self, *, limit_s: float = 30) -> None:
        """Have it end in order."""
        old = [member.pid for member in self.members()]
        os.kill(self.main.pid, signal.SIGTERM)
        assert self.main.wait(limit_s) == 0, self._site.log()[-3000:]
        assert all_gone(old)

    def restart(self) -> None:
        """Do what a supervisor does after an end."""
        self._start()

    def _start(self) -> None:
        self.main = self._site.start("qcluster", "--workers", str(self._workers), SMALLWEB_TREE=self._tree)
