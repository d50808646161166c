"""What checks say of controllers."""

from __future__ import annotations

from types import ModuleType

from smallweb.core.executions import tasks
from smallweb.dispatch.checks import check_annotations
from smallweb.dispatch.discovery import controllers_of
from smallweb.dispatch.registry import endpoints, register_controller

SHOP = """
from __future__ import annotations
from typing import Any
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import UploadedFile
from smallweb.dispatch import Controller

class Shop(Controller):
    def good(self, a: int, b, c: Any, d: list[str], e: UploadedFile, f: object = None): ...
    def bad(self, a: int, b: itn, c: Group): ...
"""


def test_an_annotation_that_counts_for_nothing_is_told() -> None:
    module = ModuleType("shop")
    exec(SHOP, vars(module))
    (controller,) = controllers_of(module)
    before = check_annotations()
    with endpoints.temporarily(), tasks.temporarily():
        register_controller(controller, library="shop")
        told = [message.msg for message in check_annotations() if message not in before]
    assert [text.partition(" as ")[0] for text in told] == ["shop.Shop.bad takes b", "shop.Shop.bad takes c"]


def test_the_controllers_of_the_tests_are_annotated_well() -> None:
    assert check_annotations() == []
