from __future__ import annotations

import random

import pytest

from smallweb.core.channels.topics import FilterTrie, literal_prefix, matches, require_filter, require_topic
from smallweb.core.exceptions import BadTopic

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("filter_", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/b", "a", False),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
        ("+/b", "a/b", True),
        ("#", "a/b", True),
        ("#", "$SYS/a", False),
        ("+/a", "$SYS/a", False),
        ("$SYS/#", "$SYS/a", True),
        ("a/+/c/#", "a/b/c/d/e", True),
        ("a//b", "a//b", True),
        ("a/+/b", "a//b", True),
    ],
)
def test_a_filter_matches_as_mqtt_says(filter_: str, topic: str, expected: bool) -> None:
    trie: FilterTrie[str] = FilterTrie()
    trie.add(filter_, "one")
    assert matches(filter_, topic) is expected
    assert (trie.matching(topic) == {"one"}) is expected


def test_the_trie_answers_as_the_plain_comparison_on_random_topics() -> None:
    chance = random.Random(7)

    def text(levels: str) -> str:
        return "/".join(chance.choice(levels.split()) for _ in range(chance.randint(1, 4)))

    filters = {text("a b + $s") + chance.choice(["", "/#"]) for _ in range(200)}
    trie: FilterTrie[str] = FilterTrie()
    for filter_ in filters:
        trie.add(filter_, filter_)
    for _ in range(2_000):
        topic = text("a b c $s")
        assert trie.matching(topic) == {filter_ for filter_ in filters if matches(filter_, topic)}
    assert sorted(trie.items()) == sorted(filters)
    for filter_ in filters:
        trie.remove(filter_, filter_)
    assert trie.items() == []
    assert trie._root.is_empty()


def test_removing_what_is_not_there_is_harmless() -> None:
    trie: FilterTrie[str] = FilterTrie()
    trie.add("a/b", "one")
    trie.remove("a/c", "one")
    trie.remove("a", "one")
    assert trie.matching("a/b") == {"one"}


@pytest.mark.parametrize(
    "text", ["", "a" * 251, "/".join("a" * 17), "a\0", "a\nb", "a\ud800", "a/+", "#", "a+b"]
)
def test_a_bad_topic_is_refused(text: str) -> None:
    with pytest.raises(BadTopic):
        require_topic(text)


@pytest.mark.parametrize("text", ["a#", "a/#/b", "#/a", "a+/b", "a/b+", "++", "", "a\x7f"])
def test_a_bad_filter_is_refused(text: str) -> None:
    with pytest.raises(BadTopic):
        require_filter(text)


@pytest.mark.parametrize("text", ["a" * 250, "/".join("a" * 16), "ä/ö", "a b/c", "a//b"])
def test_a_good_topic_passes_and_is_a_filter_too(text: str) -> None:
    assert require_filter(require_topic(text)) == text


@pytest.mark.parametrize(
    ("filter_", "prefix"),
    [("a/b", "a/b"), ("a/+", "a/"), ("a/#", "a"), ("a/+/#", "a/"), ("#", ""), ("+/a", ""), ("a/b/#", "a/b")],
)
def test_every_match_begins_with_the_literal_prefix(filter_: str, prefix: str) -> None:
    assert literal_prefix(filter_) == prefix
