"""The wheel, installed beside a project that has an ``apps`` package of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.source import ROOT, SUITE, app_names, tracked_files

pytestmark = pytest.mark.once

SETTINGS = """\
SECRET_KEY = "only for tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = [
    "apps.blog", {suite},
    "daphne",
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "channels", "django_q",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
STATIC_URL = "/static/"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}}}
Q_CLUSTER = {{
    "name": "mysite",
    "orm": "default",
    "broker_class": "smallweb.core.cluster.broker.WorkBroker",
    "timeout": 60,
    "retry": 240,
}}
"""
BLOG_MODELS = """\
from django.db import models


class Post(models.Model):
    title = models.CharField(max_length=80)
"""
LOOK = """\
import importlib, sys
import django
django.setup()
import apps.blog.models
for name in sys.argv[1:]:
    found = importlib.import_module(name)
    assert "site-packages" in found.__file__, found.__file__
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what is tracked, so that no old build folder leaks into it."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked_files():
        if path.is_relative_to(SUITE) or path.parent == ROOT:
            copied = folder / "source" / path.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), cwd=folder / "source")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the Python of a new environment that holds the wheel; what it depends on is borrowed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    # A plain path line does not run the borrowed packages' own .pth files, so the checkout stays unseen.
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return str(folder / "bin/python")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write a small project with its own top-level ``apps`` package."""
    suite = ", ".join(f'"smallweb.{name}"' for name in ["core", *(n for n in app_names() if n != "core")])
    files = {
        "mysite/__init__.py": "",
        "mysite/settings.py": SETTINGS.format(suite=suite),
        "mysite/urls.py": "from django.contrib import admin\nfrom django.urls import path\n"
        "urlpatterns = [path('admin/', admin.site.urls)]\n",
        "apps/__init__.py": "",
        "apps/blog/__init__.py": "",
        "apps/blog/models.py": BLOG_MODELS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_wheel_holds_every_file_of_the_suite_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    there = {f"smallweb/{path.relative_to(SUITE)}" for path in tracked_files() if path.is_relative_to(SUITE)}
    assert names == there


def test_the_wheel_is_typed_licensed_and_carries_its_requirements(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
    assert "smallweb/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "Requires-Dist: django-q2" in metadata


def test_the_suite_works_beside_a_project_with_its_own_apps_package(python: str, project: Path) -> None:
    modules = [f"smallweb.{name}" for name in app_names()]
    _run("-c", LOOK, *modules, python=python, cwd=project)
    _run("-m", "django", "check", python=python, cwd=project)
    _run("-m", "django", "migrate", "--verbosity=0", python=python, cwd=project)


def _run(*command: str, cwd: Path, python: str = sys.executable) -> None:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DJANGO", "SMALLWEB"))}
    environment = {**inherited, "DJANGO_SETTINGS_MODULE": "mysite.settings", "PYTHONPATH": str(cwd)}
    ended = subprocess.run([python, *command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, f"{' '.join(command)}:\n{ended.stdout}\n{ended.stderr}"
