"""Which kinds are let in."""

from __future__ import annotations

import pytest

from smallweb.uploads.exceptions import BadRule
from smallweb.uploads.kinds import (
    BY_NAME,
    KINDS,
    accepts,
    early_fault,
    html_accept,
    kind_of_name,
    parse_accept,
)

pytestmark = pytest.mark.once

PNG, JPG, SVG, HTML, TXT, BIN = (BY_NAME[name] for name in ("png", "jpg", "svg", "html", "txt", "bin"))


@pytest.mark.parametrize(
    "rule",
    [
        "all",
        "*/*",
        "ALL",
        "image/png",
        "IMAGE/PNG",
        " image/png ",
        "image/*",
        ".png",
        ".PNG",
        "images",
        "Images",
    ],
)
def test_a_rule_lets_in_what_it_means(rule: str) -> None:
    assert accepts([rule], PNG, "a.png") == rule


@pytest.mark.parametrize(
    "rule", ["image/jpeg", "audio/*", ".jpg", "documents", "application/octet-stream", "code"]
)
def test_a_rule_lets_in_nothing_else(rule: str) -> None:
    assert accepts([rule], PNG, "a.png") is None


def test_the_first_rule_that_lets_in_is_named() -> None:
    assert accepts(["audio", "image/*", "images", "all"], PNG, "a.png") == "image/*"


def test_no_rules_let_all_in() -> None:
    assert accepts([], BIN, "a.unheard") == "all"
    assert early_fault([], "a.unheard", "") is None
    assert html_accept([]) == ""


def test_an_extension_is_that_of_the_name() -> None:
    assert accepts([".jpg"], JPG, "A.JPG") == ".jpg"
    assert accepts([".jpg"], JPG, "a.jpeg") is None
    assert accepts([".png"], PNG, "holiday") is None


def test_what_runs_is_let_in_only_by_what_names_it() -> None:
    for kind in KINDS:
        words = {kind.media_type, kind.group, "all", *(f".{extension}" for extension in kind.extensions)}
        for rule in words:
            assert accepts([rule], kind, f"a{rule}") == rule
        family = f"{kind.media_type.partition('/')[0]}/*"
        assert (accepts([family], kind, "a") is None) == kind.is_runnable
    for rule in ("image/*", "images", "text/*", "text", "documents", "application/*"):
        assert accepts([rule], SVG, "a.svg") is accepts([rule], HTML, "a.html") is None
    assert accepts(["code"], SVG, "a.svg") == "code"


@pytest.mark.parametrize(
    ("rule", "nearest"),
    [
        ("image/pgn", "image/png"), ("imges", "images"), (".pgn", ".png"), ("image", "images"),
        ("png", ".png"),
        ("images/*", "image/*"), ("application/x-tr", "application/x-tar"),
    ],
)  # fmt: skip
def test_an_unknown_rule_is_refused_with_the_nearest(rule: str, nearest: str) -> None:
    with pytest.raises(BadRule, match="No kind of file is known") as raised:
        parse_accept(rule)
    assert repr(nearest) in str(raised.value) and raised.value.code == "bad_rule"


@pytest.mark.parametrize(
    "rule", ["", " ", "*", ".", "*.png", "image/", "/", "x" * 200, "image/png\n;", None, 7, ["all"]]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        parse_accept(rule)


def test_a_name_that_no_rule_can_let_in_is_refused_early() -> None:
    assert early_fault(["images"], "a.exe", "") == (
        "'a.exe' is application/vnd.microsoft.portable-executable; taken are images."
    )
    assert early_fault(["images", ".pdf"], "a.unheard", "image/png") == (
        "'a.unheard' is of no kind that is taken; taken are images, .pdf."
    )
    assert early_fault([".jpg"], "a.jpeg", "image/jpeg") is not None
    assert early_fault([".png"], "holiday", "image/png") is not None


def test_a_name_that_a_rule_can_let_in_passes() -> None:
    for rules, name in (
        (["images"], "a.PNG"), (["images"], "holiday"), (["all"], "a.unheard"), (["code"], "a.unheard"),
        (["application/octet-stream"], "a.unheard"), (["other"], "a.bin"), (["image/svg+xml"], "a.svg"),
    ):  # fmt: skip
        assert early_fault(rules, name, "") is None, (rules, name)


def test_a_declared_type_counts_where_the_name_says_nothing() -> None:
    assert early_fault(["images"], "holiday", "application/pdf") is not None
    assert early_fault(["images"], "holiday", "text/html; charset=utf-8") is not None
    for declared in ("", "image/png", "Image/PNG", "application/octet-stream", "x/unheard", "image/png; a=b"):
        assert early_fault(["images"], "holiday", declared) is None, declared
    assert early_fault([".csv"], "a.csv", "application/vnd.ms-excel") is None, "as Windows declares it"


@pytest.mark.parametrize(
    "declared", ["image/png\r\nX: y", "image/png;\r\nX: y", "\nimage/png", "image", "image/", "a/b/c", "\0"]
)
def test_a_declared_type_that_is_none_is_refused(declared: str) -> None:
    fault = early_fault(["images"], "a.png", declared)
    assert fault is not None and "is no media type" in fault and fault.isprintable()


def test_what_is_refused_early_would_be_refused_in_the_end() -> None:
    for kind in KINDS:
        for extension in kind.extensions:
            name = f"a.{extension}"
            for rule in ("images", "text/*", ".png", "code", "application/octet-stream"):
                claimed = kind_of_name(name)
                assert claimed is kind
                if kind is not BIN:
                    assert (early_fault([rule], name, "") is None) == bool(accepts([rule], kind, name))


def test_a_file_input_gets_media_types_and_extensions() -> None:
    assert html_accept(["image/*", ".pdf"]) == "image/*,.pdf"
    assert html_accept(["image/png", ".png", "text/markdown"]) == "image/png,.png,text/markdown,.md,.markdown"
    assert html_accept(["fonts"]) == ".ttf,.otf,.woff,.woff2"
    assert html_accept([" IMAGE/* "]) == "image/*"


def test_a_file_input_offers_every_file_where_unknown_ones_may_come() -> None:
    for rule in ("all", "*/*", "application/octet-stream", "other", "application/*"):
        assert html_accept([".png", rule]) == ""
    assert html_accept([".bin"]) == ".bin"
