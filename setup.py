"""Name the packages: setuptools finds none under a renamed folder. The rest is in pyproject.toml."""

from __future__ import annotations

from setuptools import find_packages, setup

setup(packages=["smallweb", *(f"smallweb.{name}" for name in find_packages("apps"))])
