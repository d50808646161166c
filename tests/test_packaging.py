"""What pyproject.toml says of the packages is what stands in the tree."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.source import ROOT, SUITE

pytestmark = pytest.mark.once

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_folder_with_code_is_a_package() -> None:
    missing = sorted(
        str(path.parent.relative_to(ROOT))
        for path in SUITE.rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    )
    assert not missing, f"Add an __init__.py to {missing}."


def test_the_versions_in_the_code_and_in_the_metadata_agree() -> None:
    found = re.search(r'__version__ = "(.+)"', (SUITE / "__init__.py").read_text())
    assert found is not None
    assert found[1] == PROJECT["project"]["version"]


def test_every_dependency_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements/run.txt").read_text()
    pins = {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    wanted = {
        re.split(r"[^\w.-]", dependency)[0].lower() for dependency in PROJECT["project"]["dependencies"]
    }
    assert wanted <= pins, f"Not locked: {sorted(wanted - pins)}; type make lock."
    assert lock.count("--hash=sha256:") > len(pins)
