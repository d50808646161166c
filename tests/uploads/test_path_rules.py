"""Rules for paths in upload folders."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.uploads.exceptions import BadRule
from smallweb.uploads.path_rules import first_match, parse_rule

pytestmark = pytest.mark.once


def allows(rule: str, path: str, *, user: str | None = None) -> bool:
    return first_match([rule], path, user=user) == rule


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("*.png", "a.png"), ("*.png", "A.PNG"), ("*.PNG", "a.png"), ("*", "a"), ("a", "a"), ("a.b", "a.b"),
        ("photos/*.jpg", "photos/a.jpg"), ("PHOTOS/*.jpg", "photos/a.jpg"), ("a?c", "abc"),
        ("a*b*c", "aXbYbZc"),
        ("**/*.pdf", "a.pdf"), ("**/*.pdf", "x/y/z/a.pdf"), ("**", "a"), ("**", "a/b/c"), ("a/**", "a/b"),
        ("a/**", "a/b/c"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), ("a/**/b/**/c", "a/b/b/x/c"),
        ("**/**/a", "a"), ("**/a/*", "a/b/a/c"), ("a**b", "axxb"), ("***", "a"),
        ("[abc]x", "bx"), ("[a-c]x", "Cx"), ("[!a]x", "bx"), ("[]]x", "]x"), ("[!]]x", "ax"), ("[a-]x", "-x"),
        ("[-a]x", "-x"), ("[a^]x", "^x"), ("[^a]x", "^x"), ("[&&]", "&"), ("[[]x", "[x"),
        ("[x", "[x"), ("x]", "x]"), ("[]", "[]"), ("[!]", "[!]"), ("{x}", "{x}"), ("{a,b}", "{a,b}"),
        ("a+", "a+"),
        ("(a|b)$", "(a|b)$"), ("ÄÖ*", "ÄÖx"), ("e\u0301", "\u00e9"), ("ab c", "ab c"),
    ],
)  # fmt: skip
def test_a_rule_allows(rule: str, path: str) -> None:
    assert allows(rule, path)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("*.png", "a/b.png"), ("*.png", "a.png.exe"), ("*.png", "apng"), ("*", "a/b"), ("*/*", "a"),
        ("*/*", "a/b/c"),
        ("a?c", "a/c"), ("a?c", "ac"), ("?", "ab"), ("a/**", "a"), ("a/**/b", "a/bb"), ("a/**/b", "ab"),
        ("a", "aa"),
        ("a*b*c", "abbd"), ("**/*.pdf", "a.pdf/x"), ("[abc]x", "dx"), ("[!a]x", "ax"), ("[!a]x", "Ax"),
        ("[!a]b", "/b"),
        ("[.-0]b", "/b"), ("a[.-0]b", "a/b"), ("a.b", "axb"), ("ÄÖ", "äö"), ("k", "\u212a"), ("s", "\u017f"),
        ("*.png", "a.png\n"), ("*", ""), ("**", ""), ("**", "/"), ("**", "a/"), ("**/a", "/a"),
        ("**", "a\nb"),
    ],
)  # fmt: skip
def test_a_rule_does_not_allow(rule: str, path: str) -> None:
    assert not allows(rule, path)


def test_attacks_on_globs_that_cross_slashes_get_nowhere() -> None:
    rule = "*/server/uploads/*.png"
    for path in (
        "/srv/server/uploads/../../etc/cron.d/x.png", "/elsewhere/server/uploads/a.png",
        "x/server/uploads/evil.py/x.png", "x/server/uploads/a\n.png", "x/server/uploads/..",
        "x/server/uploads/a\\b.png",
        "x/server/uploads/.", "x/server/uploads//x.png", "../server/uploads/x.png",
        "x/server/uploads/a\0.png",
    ):  # fmt: skip
        assert not allows(rule, path), path
        assert not allows("**", path) or path.startswith("x/server/uploads/evil.py"), path
    assert allows(rule, "x/server/uploads/a.png")


def test_a_path_longer_than_any_is_not_allowed() -> None:
    assert allows("*", "a" * 500)
    assert not allows("*", "a" * 501)


def test_the_name_of_a_user_stands_for_itself() -> None:
    assert allows("{user}/*", "ann/a.png", user="ann")
    assert allows("avatars/{user}.png", "avatars/ann.png", user="ann")
    assert allows("{user}/{user}.*", "a.b/a.b.c", user="a.b")
    assert allows("{USER}/*", "{user}/a", user="ann"), "in capitals it is no name"
    assert allows("{user}", "\u00e9", user="e\u0301")
    for path, user in (
        ("bob/a.png", "ann"), ("Ann/a.png", "ann"), ("ann/a.png", "Ann"), ("ann/a.png", None), ("/a.png", ""),
        ("ann/a.png", "*"), ("ann/a.png", "???"), ("ann/a.png", "[a]nn"), ("annx/a.png", "ann"),
        ("a/b/c", "a/b"),
        ("../a.png", ".."), ("ann/a.png", "{user}"), ("ann/a.png", "a|ann"),
    ):  # fmt: skip
        assert not allows("{user}/*", path, user=user), (path, user)
    assert allows("{user}/*", "*/a.png", user="*")


def test_the_first_rule_that_allows_is_named() -> None:
    rules = ["*.png", "*.PNG", "**"]
    assert first_match(rules, "a.png", user=None) == "*.png"
    assert first_match(rules, "a/a.png", user=None) == "**"
    assert first_match(rules[:2], "a/a.png", user=None) is None
    assert first_match([], "a.png", user=None) is None


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("", "1 to 200 characters"), ("x" * 201, "1 to 200 characters"), (7, "1 to 200 characters"),
        (None, "1 to 200 characters"), ("/a", "begins with '/'"), ("//a", "begins with '/'"),
        ("..", "part '..'"),
        ("a/../b", "part '..'"), (".", "part '.'"), ("a/./b", "part '.'"), ("a//b", "part ''"),
        ("a/", "part ''"),
        ("a\\b", "backslash"), ("a\nb", "control"), ("a\0b", "control"), ("[z-a]", "turn it round"),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused(rule: str, complaint: str) -> None:
    with pytest.raises(BadRule, match=re.escape(complaint)) as raised:
        parse_rule(rule)
    assert raised.value.code == "bad_rule"


def test_no_rule_takes_long() -> None:
    began = time.perf_counter()
    for rule, path in (
        ("a*" * 50, "a" * 499 + "b"), ("a*" * 50 + "b", "a" * 500), ("*a" * 100, "a" * 499 + "b"),
        ("*" * 200, "a" * 500), ("?*" * 99 + "b", "a" * 500), ("[ab]*" * 39 + "c", "ab" * 250),
        ("**/" * 66 + "b", "a/" * 249 + "a"), ("**/*a/" * 33 + "b", "a/" * 249 + "a"),
        ("**/a*a*/" * 24 + "b", "a/" * 249 + "a"),
    ):  # fmt: skip
        first_match([rule], path, user=None)
    assert time.perf_counter() - began < 1


_PATTERNS = st.text("ab*?", max_size=8)


@given(_PATTERNS, st.text("ab", min_size=1, max_size=10))
def test_one_part_matches_as_a_plain_regular_expression_does(pattern: str, name: str) -> None:
    rule = f"x{pattern}"
    plain = rule.replace("*", ".*").replace("?", ".")
    assert allows(rule, f"x{name}") == bool(re.fullmatch(plain.replace(".*.*", ".*"), f"x{name}"))


@given(
    st.lists(st.sampled_from(["a", "b", "**", "*"]), min_size=1, max_size=6),
    st.lists(st.sampled_from("ab"), min_size=1, max_size=6),
)
def test_parts_match_as_a_plain_regular_expression_does(parts: list[str], names: list[str]) -> None:
    last = ["[ab]/"] if parts[-1] == "**" else []
    plain = "".join([{"**": "(?:[ab]/)*", "*": "[ab]/"}.get(part, f"{part}/") for part in parts] + last)
    assert allows("/".join(parts), "/".join(names)) == bool(re.fullmatch(plain, "/".join(names) + "/"))
