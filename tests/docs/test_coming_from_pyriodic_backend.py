"""The same page, fed by the main.py that the docs show and by its translation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.projects import DocsProject
from tests.source import ROOT

pytestmark = pytest.mark.once

PAGE = "docs/coming-from-pyriodic-backend.md"


@pytest.fixture
def weather(tmp_path: Path) -> DocsProject:
    project = DocsProject(tmp_path, "weather_settings")
    project.write_snippets(PAGE, ["site/index.html", "main.py", "weather/backend.py"])
    project.write("weather/__init__.py", "")
    project.write(
        "weather_settings.py",
        "from smallweb_project.settings import *\n\n"
        'INSTALLED_APPS[INSTALLED_APPS.index("smallweb_project.demo")] = "weather"\n',
    )
    return project


def test_both_put_the_same_values_into_the_page(weather: DocsProject) -> None:
    original = weather.read("site/index.html")
    main = weather.read("main.py").replace("/var/www/html", str(weather.folder / "site"))
    weather.write("main.py", _with_own_state(main))
    weather.run("main.py")
    theirs = weather.read("site/index.html")
    weather.write("site/index.html", original)
    weather.manage("migrate", "--verbosity=0")
    assert "2 jobs done, 0 failed" in weather.manage("smallweb_periodic", "run", "--due")
    assert "0 jobs done, 0 failed" in weather.manage("smallweb_periodic", "run", "--due")
    ours = weather.read("site/index.html")
    for value in ('id="temperature">21.2</span>', 'id="humidity">73%</span>'):
        assert value in theirs
        assert value in ours
    assert ours.replace(">21.2<", "><").replace(">73%<", "><") == original


def test_every_feature_has_its_row() -> None:
    rows = (ROOT / "docs/seeds.md").read_text()
    assert [f"P{number}" for number in range(1, 24)] == [
        line.split()[1] for line in rows.splitlines() if line.startswith("| P")
    ]


def _with_own_state(main: str) -> str:
    """Keep pyriodic-backend's state beside the script and not in its installation."""
    backend = 'PyriodicBackend(backend=FileJSONBackend(file_path="db.json"))'
    lines = main.replace("PyriodicBackend()", backend)
    return f"from pyriodic_backend.backend import FileJSONBackend\n{lines}"
