"""The table of kinds."""

from __future__ import annotations

import pytest

from smallweb.uploads.kinds import BY_NAME, KINDS, kind_of_name
from smallweb.uploads.kinds.kind import extension_of
from tests.source import ROOT
from tests.uploads.samples import BINARY, MARKUP, OLD_OFFICE, TEXT

pytestmark = pytest.mark.once


def test_the_table_of_the_docs_is_that_of_the_code() -> None:
    lines = ["| kind | media type | extensions | group |", "|---|---|---|---|"]
    for kind in KINDS:
        extensions = " ".join(f"`.{extension}`" for extension in kind.extensions) or "none"
        lines.append(f"| {kind.name} | `{kind.media_type}` | {extensions} | `{kind.group}` |")
    _, _, shown = (ROOT / "docs/uploads-types.md").read_text().partition("## Kinds\n\n")
    assert shown.splitlines() == lines


def test_each_name_and_extension_is_of_one_kind() -> None:
    assert len(BY_NAME) == len(KINDS)
    extensions = [extension for kind in KINDS for extension in kind.extensions]
    assert len(extensions) == len(set(extensions))
    assert all(extension == extension.lower() and extension.isalnum() for extension in extensions)


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(BY_NAME) == {*BINARY, *MARKUP, *TEXT, *OLD_OFFICE, "bin"}


def test_what_runs_is_known_as_such() -> None:
    assert all(
        BY_NAME[name].is_runnable for name in ("html", "svg", "xml", "js", "php", "exe", "jar", "wasm")
    )
    assert not any(BY_NAME[name].is_runnable for name in ("png", "pdf", "txt", "zip", "bin", "docx"))


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.png", "png"),
        ("A.PNG", "png"),
        ("a.tar.gz", "gz"),
        ("a", ""),
        ("", ""),
        (".png", ""),
        ("a.", ""),
        ("a.b c", "b c"),
    ],
)
def test_the_extension_is_behind_the_last_dot(name: str, extension: str) -> None:
    assert extension_of(name) == extension


def test_a_name_claims_a_kind_by_its_extension() -> None:
    assert kind_of_name("a.JPEG") is BY_NAME["jpg"]
    assert kind_of_name("a.unheard") is kind_of_name("png") is None
