"""Which methods a browser may call."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from htag import Tag, expose
from htag import tag as htag_tag

from smallweb.sessions.program.htag1_rules import (
    BadInteraction,
    Interaction,
    RenderedMethods,
    require_allowed,
)

pytestmark = pytest.mark.once


class Sample(Tag.div):  # type: ignore[misc]
    def init(self) -> None:
        self.hook = print
        self.button = Tag.button("x")
        self.add(self.button)

    def offer(self) -> None:
        self.button["onclick"] = self.bind.shown()

    def shown(self) -> None: ...

    def hidden(self) -> None: ...

    def clicked(self, *args: Any) -> None: ...

    @expose  # type: ignore[untyped-decorator]
    def exposed(self) -> None: ...


@pytest.fixture
def rendered() -> Iterator[RenderedMethods]:
    before = htag_tag.BaseCaller.__str__
    yield RenderedMethods()
    htag_tag.BaseCaller.__str__ = before


def asked(tag: Any, method: str | None, *args: Any) -> Interaction:
    return Interaction(id(tag), method, list(args), {}, None, 1)


def is_allowed(interaction: Interaction, rendered: RenderedMethods) -> bool:
    try:
        require_allowed(interaction, rendered)
    except BadInteraction:
        return False
    return True


def test_a_method_may_be_called_once_a_page_has_been_shown_it(rendered: RenderedMethods) -> None:
    tag = Sample()
    assert not is_allowed(asked(tag, "shown"), rendered)
    tag.offer()
    assert "shown" in str(tag)
    assert is_allowed(asked(tag, "shown"), rendered)
    assert not is_allowed(asked(tag, "hidden"), rendered)
    assert not is_allowed(asked(Sample(), "shown"), rendered)


@pytest.mark.parametrize(
    "method",
    ["hidden", "hook", "__init__", "clear", "add", "__setattr__", "__class__", "nothing_of_this_name", "js",
     "exit", "", None, "_autoExposeClientSide_"],
)  # fmt: skip
def test_nothing_else_of_a_tag_may_be_called(rendered: RenderedMethods, method: str | None) -> None:
    tag = Sample()
    tag.offer()
    str(tag)
    assert not is_allowed(asked(tag, method), rendered)


def test_what_the_app_exposes_may_be_called(rendered: RenderedMethods) -> None:
    assert is_allowed(asked(Sample(), "exposed"), rendered)


@pytest.mark.parametrize("method", ["__on__", "__on_event__"])
def test_an_event_may_be_told_that_is_bound(rendered: RenderedMethods, method: str) -> None:
    tag = Sample()
    caller = tag.bind(tag.clicked)
    tag.button["onclick"] = caller
    str(tag)
    caller.assignEventOnTag(tag.button, "onclick")
    assert is_allowed(asked(tag, method, caller._assigned), rendered)
    for args in ([], ["onclick-1"], [["list"]], [7], [None]):
        assert not is_allowed(asked(tag, method, *args), rendered)


def test_what_is_no_tag_is_left_to_htag(rendered: RenderedMethods) -> None:
    require_allowed(asked(object(), "anything"), rendered)


def test_tags_that_are_gone_are_not_remembered(rendered: RenderedMethods) -> None:
    tag = Sample()
    tag.offer()
    str(tag)
    assert len(rendered._of_tags) == 1
    del tag
    gc.collect()
    assert len(rendered._of_tags) == 0


def test_a_message_is_read() -> None:
    text = '{"id": 7, "method": "m", "args": [1], "kargs": {"a": 2}, "event": {"x": 3}, "n": 9}'
    assert Interaction.parse(text) == Interaction(7, "m", [1], {"a": 2}, {"x": 3}, 9)
    step = '{"id": 7, "method": null, "args": null, "kargs": null}'
    assert Interaction.parse(step) == Interaction(7, None, [], {}, None, None)


@pytest.mark.parametrize(
    "text",
    ["", "no", "[]", "7", '"x"', '{"id": "7"}', '{"method": 7}', '{"args": {}}', '{"kargs": []}',
     '{"event": 1}', '{"id": 1.5}', "[" * 100_000, '{"id": ' + "9" * 5000 + "}"],
)  # fmt: skip
def test_what_is_no_interaction_is_refused(text: str) -> None:
    with pytest.raises(BadInteraction):
        Interaction.parse(text)
