from __future__ import annotations

import pytest

from smallweb.core.models import Cluster
from tests.core.rows import NOW, after, make_cluster

pytestmark = pytest.mark.django_db


def test_a_cluster_is_gone_half_a_minute_after_its_last_word() -> None:
    alive, gone = make_cluster(seen_at=after(-30)), make_cluster(seen_at=after(-31))
    assert list(Cluster.objects.alive(NOW)) == [alive]
    assert list(Cluster.objects.gone(NOW)) == [gone]
    assert alive.is_alive(NOW)
    assert not gone.is_alive(NOW)


def test_a_cluster_is_called_by_its_name_and_its_process() -> None:
    assert str(make_cluster()) == "site earth 100"
