"""What a file is called.

10,000 hostile names from a seed that a failure tells, and 200 that hypothesis searches for: 10,000 with
SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import os
import random
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smallweb.uploads.exceptions import BadName
from smallweb.uploads.names import MAX_NAME, MAX_NAME_BYTES, display_name, folder_path
from tests.core.hostile_names import HOSTILE_NAMES

pytestmark = pytest.mark.once

DEVICES = [
    "CON",
    "prn",
    "Aux",
    "NUL",
    "COM1",
    "com9",
    "LPT1",
    "COM\u00b9",
    "\uff23\uff2f\uff2e",
    "CONIN$",
    "CLOCK$",
]
_PIECES = [
    *HOSTILE_NAMES, *DEVICES, "/", "\\", ".", "..", " ", "-", ":", "\0", "\n", "\r\n", "\u202e", "\u200b",
    "\ud800",
    "\uff0e", "\uff0f", "\uff3c", "\u2026", "\u2105", "\u2028", "\u0338", "\u0301", "e", "<", ">", '"', "|",
    "?", "*",
    "::$DATA", ".png", ".php", "x" * 200, "\u00e9" * 130, "\U0001f642" * 70, " " * 150, "." * 150, "%2f", "~",
    "\u3000",
]  # fmt: skip
hostile_names = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8)), max_size=6).map("".join)


def require_harmless(name: str) -> None:
    assert name and name == unicodedata.normalize("NFC", name)
    assert len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME_BYTES
    assert not set('/\\\0<>"|?*:') & set(name)
    assert not {unicodedata.category(character) for character in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert name[0] not in ".- " and name[-1] not in ". "
    stem = unicodedata.normalize("NFKC", name).partition(".")[0].strip().upper()
    assert stem not in {"CON", "PRN", "AUX", "NUL", *(p + d for p in ("COM", "LPT") for d in "0123456789")}
    assert not {"/", "\\"} & set(unicodedata.normalize("NFKC", name))


@settings(max_examples=10_000 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 200, deadline=None)
@given(hostile_names)
@example("NUL" + " " * 200 + ".txt")
@example("NUL" + " " * 143 + ".txt")
@example("-" * 151)
@example("a" * 149 + ". b")
@example("x." + "y" * 300)
def test_no_name_is_harmful_or_changes_twice(given: str) -> None:
    require_harmless_and_stable(given)


def test_none_of_10_000_hostile_names_is_harmful_or_changes_twice() -> None:
    seed = random.randrange(2**32)
    chosen = random.Random(seed)
    for number in range(10_000):
        pieces = chosen.choices(_PIECES, k=chosen.randint(1, 5))
        pieces += map(chr, chosen.choices(range(sys.maxunicode + 1), k=chosen.randint(0, 5)))
        chosen.shuffle(pieces)
        try:
            require_harmless_and_stable("".join(pieces))
        except AssertionError as error:
            raise AssertionError(f"name {number} of seed {seed}: {pieces}") from error


def require_harmless_and_stable(given: str) -> None:
    name = display_name(given)
    require_harmless(name)
    assert display_name(name) == name
    assert os.path.normpath(os.path.join("/root", name)) == f"/root/{name}"  # noqa: PTH118
    assert folder_path(f"a/{name}") == f"a/{name}"


def test_no_single_character_is_harmful() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        # Letters and digits are left out but for compatibility forms, and so is what no character has.
        if unicodedata.category(character)[0] in "PSZ" or unicodedata.decomposition(character):
            name = display_name(f"a{character}b")
            require_harmless(name)
            assert display_name(name) == name, hex(code)


def test_hostile_names_can_be_made_on_the_disk(tmp_path: Path) -> None:
    names = {display_name(f"{given}{number}") for number, given in enumerate(HOSTILE_NAMES)}
    names |= {display_name(device) for device in DEVICES}
    assert len(names) > 100
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("holiday.png", "holiday.png"),
        ("Ümläut 漢字 🙂.txt", "Ümläut 漢字 🙂.txt"), ("a.b.tar.gz", "a.b.tar.gz"),
        ("C:\\photos\\a.png", "a.png"), ("../../etc/passwd", "passwd"), ("\uff0e\uff0e\uff0fetc", "etc"),
        (".htaccess", "htaccess"), ("...", "file"), ("..", "file"), ("", "file"), ("a/", "file"),
        ("\0\u202e", "file"),
        ("-rf", "_rf"), (".-rf", "_rf"), (" -rf", "_rf"), ("a.txt.", "a.txt"), ("a.txt ", "a.txt"),
        ("a. . .", "a"),
        ("a.txt::$DATA", "a.txt__$DATA"), ("<img src=x onerror=..>.png", "_img src=x onerror=.._.png"),
        ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("aux.html", "_aux.html"), ("NUL .txt", "_NUL .txt"),
        ("com\u00b9.txt", "_com\u00b9.txt"), ("console.log", "console.log"), ("com10", "com10"),
        ("index.php.png",) * 2,
        ("gpj.\u202eexe", "gpj.exe"), ("a\r\nb", "ab"), ("e\u0301", "\u00e9"), ("a\u2026.txt", "a....txt"),
        ("\u2105", "o"), ("<\u0338a", "\u226ea"),
    ],
)  # fmt: skip
def test_a_name_is_made_harmless(given: str, name: str) -> None:
    assert display_name(given) == name


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    assert display_name("x" * 300 + ".jpeg") == "x" * 145 + ".jpeg"
    assert display_name("é" * 200 + ".png") == "é" * 125 + ".png"
    assert display_name("🙂" * 100) == "🙂" * 63
    assert display_name("x." + "y" * 300) == "x." + "y" * 148
    assert display_name("x" * 140 + "." + "z" * 20) == "x" * 129 + "." + "z" * 20


def test_what_is_cut_leaves_no_dot_or_device() -> None:
    assert display_name("a" * 149 + "." + "b" * 30) == "a" * 149
    assert display_name("NUL" + " " * 300 + ".txt").startswith("_NUL")


@pytest.mark.parametrize("path", ["a.png", "a/b/c.png", "1/2/3/4/5/6/7/8", "Ünï/x y.txt"])
def test_a_plain_path_stays(path: str) -> None:
    assert folder_path(path) == path


def test_a_path_is_composed() -> None:
    assert folder_path("cafe\u0301/e\u0301.txt") == "café/é.txt"


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..",
        "/srv/a/../../etc/cron.d/x.png",
        "a\\b", "..\\a", "C:/a", "a\0b", "a\n/b", "a/.htaccess", "a/-rf", "a/CON", "a/b ", "a /b", "a/b.",
        "\udcff",
        "\uff0e\uff0e/a", "a\uff0fb", "1/2/3/4/5/6/7/8/9", "a/" * 3000, "x" * 151, "x" * 501, "a::$DATA",
        "~/\u202ea",
    ],
)  # fmt: skip
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(BadName) as raised:
        folder_path(path)
    assert raised.value.code == "bad_name"
    assert len(str(raised.value)) < 1500 and str(raised.value).isprintable()


def test_a_refusal_says_what_the_path_could_be() -> None:
    with pytest.raises(
        BadName, match=r"has a part '\.htaccess' that is no name here; it could be 'htaccess'"
    ):
        folder_path("a/.htaccess")
    with pytest.raises(BadName, match="has 9 parts; at most 8 are taken"):
        folder_path("/".join("abcdefghi"))
    with pytest.raises(BadName, match="has 501 characters; at most 500 are taken"):
        folder_path("x" * 501)


@given(st.one_of(hostile_names, st.sampled_from(HOSTILE_NAMES)))
def test_a_path_that_is_taken_stays_in_its_folder(given: str) -> None:
    try:
        path = folder_path(given)
    except BadName:
        return
    assert os.path.normpath(f"/root/{path}") == f"/root/{path}"
    assert folder_path(path) == path
    for part in path.split("/"):
        require_harmless(part)
