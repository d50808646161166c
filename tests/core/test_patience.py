from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from smallweb.core.models import Cluster
from smallweb.core.patience import waiting_at_most
from tests.core.held_database import held_database
from tests.core.rows import make_cluster

pytestmark = pytest.mark.django_db(transaction=True)


def _usual_wait() -> str:
    question = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW statement_timeout"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


def test_a_write_gives_up_while_others_hold_the_database() -> None:
    usual = _usual_wait()
    with held_database(), pytest.raises(OperationalError), waiting_at_most(0.1):
        make_cluster()
    assert _usual_wait() == usual
    with waiting_at_most(0.1):
        make_cluster()
    assert Cluster.objects.count() == 1


def test_what_is_rolled_back_inside_is_not_kept() -> None:
    with waiting_at_most(1):
        make_cluster()
        transaction.set_rollback(True)
    assert not Cluster.objects.exists()
