"""What a file is, by name and content."""

from __future__ import annotations

import re

import pytest

from smallweb.uploads.exceptions import TypeMismatch
from smallweb.uploads.kinds import BY_NAME, KINDS, decide
from tests.uploads.samples import BINARY, GIF, MARKUP, OLD_OFFICE, OLE, PDF, TEXT, office, zipped

pytestmark = pytest.mark.once

SAMPLES = {**BINARY, **MARKUP, **TEXT, **OLD_OFFICE}


def refused(name: str, head: bytes) -> str:
    with pytest.raises(TypeMismatch) as raised:
        decide(name, head)
    assert raised.value.code == "type_mismatch"
    return str(raised.value)


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if kind.extensions and kind.name != "bin"])
def test_a_file_with_each_extension_of_its_kind_is_of_it(name: str) -> None:
    for extension in BY_NAME[name].extensions:
        assert decide(f"a.{extension}", SAMPLES[name]).name == name
        assert decide(f"A.B.{extension.upper()}", SAMPLES[name]).name == name


def test_nothing_that_runs_is_taken_for_what_does_not() -> None:
    for name, head in SAMPLES.items():
        for kind in KINDS:
            for extension in kind.extensions:
                try:
                    decided = decide(f"a.{extension}", head)
                except TypeMismatch:
                    continue
                runs = BY_NAME[name].is_runnable and name not in TEXT and name != "msi"
                assert decided.is_runnable or not runs, (name, extension)
                assert decided is kind or kind.name == "bin"


def test_what_has_a_signature_is_no_text() -> None:
    for name in {**BINARY, **MARKUP}:
        for text in ("txt", "csv", "md", "json", "js", "py", "css"):
            refused(f"a.{text}", SAMPLES[name])


def test_what_has_no_signature_is_no_kind_that_has_one() -> None:
    for kind in KINDS:
        if not kind.is_text and kind.extensions and kind.name != "bin":
            for head in (b"Hello\n", b"\x80\x81\0", b"\0" * 600, b""):
                refused(f"a.{kind.extensions[0]}", head)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("holiday.png", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("holiday.png", b"\xef\xbb\xbf <svg onload=alert(1)>"),
        ("a.txt", b"<script>alert(1)</script>"), ("a.csv", b"<svg/onload=alert(1)>"),
        ("a.md", b"<!-- --><script>"),
        ("a.txt", "<html>".encode("utf-16")), ("a.json", b"<html>"), ("a.ics", b"<html>"),
        ("a.xml", b"<svg>"),
        ("a.xml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>"), ("a.css", b"<style>"),
        ("a.svg", b"<html>"), ("a.svg", b"Hello"), ("a.html", MARKUP["svg"]),
        ("a.js", b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)"), ("a.php", GIF + b"<?php system(1);"),
        ("a.html", GIF),
        ("a.pdf", zipped(("a", "b")) + PDF), ("a.zip", PDF + zipped(("a", "b"))), ("a.pdf", b"\n" + PDF),
        ("a.docx", zipped(("a", "b"))), ("a.docx", office("xl")), ("a.zip", BINARY["jar"]),
        ("a.zip", BINARY["apk"]),
        ("index.php.png", b"<?php system(1);"), ("a.jpg", GIF), ("a.mp4", BINARY["webm"]),
        ("a.m4a", BINARY["mov"]),
        ("a.doc", office("word")), ("a.docx", OLE), ("a.ttf", BINARY["otf"]), ("a.exe", b"MZ is text"),
    ],
)  # fmt: skip
def test_a_disguise_is_refused(name: str, head: bytes) -> None:
    refused(name, head)


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.gif", b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)", "gif"),
        ("a.pdf", PDF + zipped(("a", "b")), "pdf"),
        ("a.html", b"Hello", "html"), ("a.html", MARKUP["xml"], "html"), ("a.xml", b"<note>", "xml"),
        ("a.php", MARKUP["html"], "php"), ("a.docx", BINARY["ooxml"], "docx"),
        ("a.zip", office("word"), "zip"),
        ("a.jar", zipped(("a", "b")), "jar"), ("a.apk", BINARY["jar"], "apk"),
        ("a.m4a", BINARY["mp4"], "m4a"),
        ("a.mkv", BINARY["webm"], "mkv"), ("a.ogg", BINARY["opus"], "ogg"), ("a.mp4", BINARY["m4a"], "mp4"),
        ("a.txt", "\ufeffHello".encode("utf-16"), "txt"), ("a.csv", "é\n".encode("utf-8-sig"), "csv"),
        ("a.md", b"Hello <script>", "md"),
    ],
)  # fmt: skip
def test_kinds_that_contain_each_other_agree(name: str, head: bytes, kind: str) -> None:
    assert decide(name, head).name == kind


def test_without_extension_the_content_decides() -> None:
    for name in {**BINARY, **MARKUP}:
        assert decide("holiday", SAMPLES[name]).name == name
    assert decide("README", b"Hello").name == "txt"
    assert decide("holiday", b"\x80\0").name == decide("holiday", b"").name == "bin"


def test_under_an_unknown_extension_nothing_passes_for_harmless() -> None:
    for extension in ("php5", "unheard", "bin", "BIN"):
        for name, head in SAMPLES.items():
            decided = decide(f"a.{extension}", head)
            runs = BY_NAME[name].is_runnable and name not in TEXT and name != "msi"
            assert decided.name == (name if runs else "bin"), (extension, name)
        assert decide(f"a.{extension}", b"").name == decide(f"a.{extension}", b"\x80\0").name == "bin"


def test_an_empty_file_is_of_a_text_format_or_of_none() -> None:
    for kind in KINDS:
        if kind.is_text:
            assert decide(f"a.{kind.extensions[0]}", b"") is kind
    assert "is empty" in refused("a.png", b"") and "is empty" in refused("a.svg", b"")


@pytest.mark.parametrize(
    ("name", "head", "complaint"),
    [
        ("holiday.png", MARKUP["html"],
        "'holiday.png' is text/html by its content; name it .html, or send a file of image/png."),
        ("a.pdf", OLE,
        "'a.pdf' is application/x-ole-storage by its content; send a file of application/pdf."),
        ("a.csv", b"caf\xe9s", "'a.csv' is no text in UTF-8; save it as UTF-8, or send a file of text/csv."),
        ("a.png", b"\0", "'a.png' does not begin as a file of image/png does; send one that does."),
        ("a.png", b"", "'a.png' is empty, and a file of image/png never is; send it whole."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(name: str, head: bytes, complaint: str) -> None:
    assert refused(name, head) == complaint


def test_a_refusal_shows_no_control_characters_and_is_short() -> None:
    complaint = refused("\x1b[2J\r\n" + "x" * 5000 + ".png", b"")
    assert complaint.isprintable() and len(complaint) < 400
    assert re.match(r"'\\x1b", complaint)
