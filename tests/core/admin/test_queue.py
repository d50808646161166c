from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, reverse


def test_no_table_of_the_queue_is_in_the_admin() -> None:
    admin.autodiscover()
    for model in apps.get_app_config("django_q").get_models():
        assert not admin.site.is_registered(model)
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:django_q_{model._meta.model_name}_changelist")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "schedule/", "schedule/add/", "ormq/", "success/", "failure/", "task/"])
def test_no_url_of_the_queue_answers(path: str, admin_client: object) -> None:
    assert admin_client.get(f"/admin/django_q/{path}").status_code == 404  # type: ignore[attr-defined]
