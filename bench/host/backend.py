"""The jobs of the scenario that the environment names."""

from __future__ import annotations

from smallweb.periodic import job

from .functions import make_function
from .scenario import Scenario

_scenario = Scenario.from_environment()

for _page in range(_scenario.pages):
    for _number in _scenario.jobs_of(_page):
        job(_scenario.page_name(_page), tag_id=_scenario.tag_id(_number), every=_scenario.every)(
            make_function(_number)
        )
