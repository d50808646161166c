from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from pytest_django import Settings

from smallweb.core.exceptions import OutsideSites, PathRefused
from smallweb.core.sites.beneath import open_beneath
from smallweb.core.sites.paths import MAX_NAME_CHARACTERS, SitePath, locate, name_of, require_name
from tests.core.hostile_names import HOSTILE_NAMES

pytestmark = pytest.mark.once


@pytest.fixture
def sites(tmp_path: Path, settings: Settings) -> dict[str, Path]:
    sites = {"": tmp_path / "site", "blog": tmp_path / "blog", "blog/old": tmp_path / "old"}
    for folder in sites.values():
        folder.mkdir()
    settings.SMALLWEB_CORE = {"SITES": sites}
    return sites


@pytest.mark.parametrize(
    ("name", "prefix", "relative"),
    [
        ("index.html", "", "index.html"),
        ("a/b/c.html", "", "a/b/c.html"),
        ("blog/index.html", "blog", "index.html"),
        ("blog/2026/a b.html", "blog", "2026/a b.html"),
        ("blog/old/index.html", "blog/old", "index.html"),
        ("blog", "", "blog"),
        ("blogger/index.html", "", "blogger/index.html"),
        ("schön/größe.html", "", "schön/größe.html"),
    ],
)
def test_the_longest_prefix_decides(sites: dict[str, Path], name: str, prefix: str, relative: str) -> None:
    place = locate(name)
    assert place == SitePath(prefix=prefix, root=sites[prefix], relative=relative)
    assert place.name == name
    assert place.path == sites[prefix] / relative
    assert name_of(place.path) == name or name == "blog"


def test_a_name_without_a_site_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.SMALLWEB_CORE = {"SITES": {"blog": tmp_path}}
    with pytest.raises(OutsideSites, match=r"No site folder holds 'index\.html'; known prefixes: 'blog'"):
        locate("index.html")
    settings.SMALLWEB_CORE = {}
    with pytest.raises(OutsideSites, match="known prefixes: none"):
        locate("index.html")


def test_a_path_outside_has_no_name(sites: dict[str, Path], tmp_path: Path) -> None:
    for path in (
        tmp_path / "other.html",
        tmp_path / "site",
        Path("/etc/passwd"),
        tmp_path / "site2" / "index.html",
    ):
        with pytest.raises(OutsideSites, match="lies in no site folder"):
            name_of(path)


def test_a_path_that_climbs_out_has_no_name(sites: dict[str, Path]) -> None:
    with pytest.raises(OutsideSites, match="leads elsewhere"):
        name_of(sites[""] / ".." / "other.html")


def test_a_file_hidden_by_another_site_has_no_name(sites: dict[str, Path]) -> None:
    with pytest.raises(OutsideSites):
        name_of(sites[""] / "blog" / "index.html")


def test_a_linked_site_folder_is_known_by_both_paths(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    settings.SMALLWEB_CORE = {"SITES": {"": tmp_path / "link"}}
    assert name_of(tmp_path / "real" / "a.html") == name_of(tmp_path / "link" / "a.html") == "a.html"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("//x", "absolute"),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("..", "leads elsewhere"),
        ("a/../b", "leads elsewhere"),
        ("./a", "leads elsewhere"),
        (".git/config", "hidden"),
        ("a\\..\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\nb", "control character"),
        ("a\x85b", "control character"),
        ("a\u2028b", "control character"),
        ("a\udcffb", "lone surrogate"),
        ("x" * 256, "longer than 255 bytes"),
        ("ü" * 128, "longer than 255 bytes"),
        ("x/" * 600 + "x", f"more than {MAX_NAME_CHARACTERS} characters"),
    ],
)
def test_a_bad_name_is_refused_with_the_reason(name: str, fault: str) -> None:
    with pytest.raises(OutsideSites, match=fault):
        require_name(name)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_opens_nothing_outside(sites: dict[str, Path], name: str) -> None:
    assert_stays_inside(sites, name)


PARTS = st.sampled_from(
    [
        "..",
        ".",
        "",
        "~",
        "blog",
        "secret",
        "link",
        "out",
        "a",
        "\0",
        "\\",
        "%2e%2e",
        "..;",
        "…",
        "\uff0e\uff0e",
        "etc",
        "passwd",
    ]
)


@run_with(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(PARTS, max_size=12).map("/".join),
        st.from_regex(r"(\.{1,3}[/\\]){1,6}\w+"),
    )
)
@example("link/secret")
@example("out")
def test_no_name_opens_anything_outside(sites: dict[str, Path], name: str) -> None:
    assert_stays_inside(sites, name)


def assert_stays_inside(sites: dict[str, Path], name: str) -> None:
    outside = sites[""].parent / "secret"
    if not outside.exists():
        outside.write_text("outside")
        (sites[""] / "secret").write_text("inside")
        (sites[""] / "link").symlink_to("..")
        (sites[""] / "out").symlink_to(outside)
    try:
        place = locate(name)
        fd = open_beneath(place.root, place.relative)
    except PathRefused:
        return
    with open(fd) as file:
        assert file.read() == "inside"
