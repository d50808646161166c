"""Notice that the site's code has changed on disk."""

from __future__ import annotations

import site
import sysconfig
from pathlib import Path

from django.utils.autoreload import iter_all_python_module_files


class CodeWatch:
    """Compares the imported modules' files with what they were; installed packages are left out."""

    def __init__(self) -> None:
        self._installed = tuple(
            {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *site.getsitepackages()}
        )
        self._seen = self._times()

    def has_changed(self) -> bool:
        """Tell whether a file has changed since the last call that said so."""
        times = self._times()
        changed = times != self._seen
        self._seen = times
        return changed

    def _times(self) -> dict[Path, float]:
        files = (path for path in iter_all_python_module_files() if not str(path).startswith(self._installed))
        return {path: path.stat().st_mtime for path in files if path.exists()}
