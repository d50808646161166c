from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from smallweb.core.cluster.blame import blame, blame_nobody, is_bystander


@pytest.fixture(autouse=True)
def _nobody_afterwards() -> Iterator[None]:
    yield
    blame_nobody()


def test_as_long_as_nobody_is_blamed_everybody_may_have_been_it() -> None:
    assert not is_bystander(5)
    assert not is_bystander(None)


def test_all_but_the_one_that_is_blamed_are_bystanders() -> None:
    blame(5)
    assert not is_bystander(5)
    assert is_bystander(6)
    assert is_bystander(None)
    blame_nobody()
    assert not is_bystander(6)


def test_forked_processes_hear_of_it() -> None:
    process = multiprocessing.get_context("fork").Process(target=blame, args=(7,))
    process.start()
    process.join()
    assert is_bystander(8)
