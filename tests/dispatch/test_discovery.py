"""What is found in modules of controllers, and what is refused there."""

from __future__ import annotations

from types import ModuleType

import pytest

from smallweb.core.executions import tasks
from smallweb.dispatch.discovery import controllers_of
from smallweb.dispatch.exceptions import CannotDispatch
from smallweb.dispatch.registry import endpoints, register_controller

BEGIN = """
from smallweb.dispatch import Controller, task

class Shop(Controller, access="public"):
"""


def _module(text: str) -> ModuleType:
    module = ModuleType("shop")
    exec(text, vars(module))
    return module


def test_a_second_name_makes_no_second_controller() -> None:
    module = _module(f"{BEGIN}    pass\nStore = Shop\nclass _Base(Controller):\n    pass\nBase = _Base")
    assert [controller.__name__ for controller in controllers_of(module)] == ["Shop"]


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("def hours(): ...", "shop.Shop.hours is a method: its first parameter must be self"),
        ("def hours(day: int): ...", "shop.Shop.hours is a method: its first parameter must be self"),
        ("@task(timeout=3)\n    def bake(self): ...", "shop.Shop.bake: .* argument 'timeout'"),
    ],
)
def test_a_slip_is_told_with_the_name_of_the_method(method: str, told: str) -> None:
    (controller,) = controllers_of(_module(f"{BEGIN}    {method}"))
    with endpoints.temporarily(), pytest.raises(CannotDispatch, match=told):
        register_controller(controller, library="shop")


def test_what_is_called_by_the_class_body_needs_no_self() -> None:
    (controller,) = controllers_of(_module(f"{BEGIN}    def _twice(number): ..."))
    with endpoints.temporarily(), tasks.temporarily():
        assert [endpoint.is_public for endpoint in register_controller(controller, library="slip")] == [False]


def test_an_unknown_option_of_a_class_is_told() -> None:
    with pytest.raises(CannotDispatch, match="Shop has no option acces; there are access, methods"):
        _module(BEGIN.replace("access=", "acces=") + "    pass")
