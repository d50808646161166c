"""``python <this folder> FD``: be a template that takes its orders from the socket FD."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_NAME = "smallweb_session_program"


def main() -> None:
    folder = Path(__file__).resolve().parent
    sys.path.pop(0)  # this folder: its names are nobody's else
    spec = importlib.util.spec_from_file_location(
        _NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{_NAME}.template").main(int(sys.argv[1]))


main()
