from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from smallweb.core.models import Cluster, State
from smallweb.periodic.models import Job, JobRun, Page
from tests.core.rows import NOW, after, make_cluster, make_running

pytestmark = pytest.mark.django_db

LIST = "/admin/smallweb_core/cluster/"


@pytest.fixture
def alive() -> Cluster:
    return make_cluster(name="lively", started_at=timezone.now(), seen_at=timezone.now())


@pytest.fixture
def gone() -> Cluster:
    return make_cluster(name="departed", pid=200)


def _page(cluster: Cluster, what: str = "change") -> str:
    return reverse(f"admin:smallweb_core_cluster_{what}", args=[cluster.pk])


def _hold(cluster: Cluster, pid: int, **fields: Any) -> None:
    make_running(cluster.pk, pid, lease_expires_at=after(30, timezone.now()), **fields)


def test_the_list_tells_the_living_from_the_gone(admin_client: Client, alive: Cluster, gone: Cluster) -> None:
    _hold(alive, 7)
    _hold(alive, 8)
    shown = admin_client.get(LIST).content.decode()
    assert (
        f'data-live="cluster:{alive.pk}:state"><span class="smallweb-state smallweb-successful">alive'
        in shown
    )
    assert f'data-live="cluster:{gone.pk}:state"><span class="smallweb-state smallweb-lost">gone' in shown
    assert f'data-live="cluster:{alive.pk}:busy">2<' in shown
    assert f'data-live="cluster:{gone.pk}:busy">0<' in shown


def test_the_page_shows_what_each_worker_works_on(admin_client: Client, alive: Cluster) -> None:
    _hold(alive, 7, task="<b>hostile</b>", progress=0.25)
    _hold(alive, 8, progress={"step": "x" * 200})
    _hold(alive, 9, progress="half way")
    _hold(alive, 10)
    _hold(alive, 11, progress={"token": "hunter2"})
    shown = admin_client.get(_page(alive)).content.decode()
    assert "<td>7</td>" in shown
    assert "&lt;b&gt;hostile&lt;/b&gt;" in shown
    assert "25 %" in shown
    assert "hunter2" not in shown
    assert "half way" in shown
    assert "x" * 81 not in shown


def test_work_leads_to_its_run_where_the_admin_shows_it(admin_client: Client, alive: Cluster) -> None:
    job = Job.objects.create(name="weather", page=Page.objects.create(name="a.html"), tag_id="a", every="1s")
    until = after(30, timezone.now())
    held = {"state": State.RUNNING, "holder": alive.pk, "worker_pid": 7, "lease_expires_at": until}
    run = JobRun.objects.create(job=job, due_at=NOW, run_after=NOW, **held)
    shown = admin_client.get(_page(alive)).content.decode()
    assert (
        f'<a href="/admin/smallweb_periodic/jobrun/{run.pk}/change/">weather 2026-01-01 12:00:00</a>' in shown
    )


def test_a_cluster_that_does_nothing_says_so(admin_client: Client, alive: Cluster) -> None:
    assert "Nothing now." in admin_client.get(_page(alive)).content.decode()


def test_nobody_adds_or_changes_a_cluster(admin_client: Client, alive: Cluster) -> None:
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(_page(alive), {"name": "other"}).status_code == 403
    names = Permission.objects.filter(content_type__model="cluster").values_list("codename", flat=True)
    assert set(names) == {"view_cluster", "delete_cluster"}


def test_only_who_is_gone_may_be_deleted(admin_client: Client, alive: Cluster, gone: Cluster) -> None:
    assert admin_client.post(_page(alive, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.post(_page(gone, "delete"), {"post": "yes"}).status_code == 302
    assert list(Cluster.objects.all()) == [alive]


def test_the_action_deletes_no_living_cluster_either(
    admin_client: Client, alive: Cluster, gone: Cluster
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [alive.pk, gone.pk], "post": "yes"}
    assert admin_client.post(LIST, chosen).status_code == 403
    assert Cluster.objects.count() == 2
    admin_client.post(LIST, {**chosen, "_selected_action": [gone.pk]})
    assert list(Cluster.objects.all()) == [alive]


def test_seeing_takes_the_permission(client: Client, alive: Cluster, gone: Cluster) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    client.force_login(user)
    assert client.get(LIST).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    assert client.get(LIST).status_code == 200
    assert client.post(_page(gone, "delete"), {"post": "yes"}).status_code == 403


def test_a_longer_list_asks_no_more_questions(admin_client: Client, alive: Cluster) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(LIST).status_code == 200
        return len(queries)

    few = count()
    for pid in range(5):
        make_cluster(pid=pid)
    assert count() == few
