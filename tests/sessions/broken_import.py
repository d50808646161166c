"""An app that cannot be imported."""

from __future__ import annotations

raise RuntimeError("its import is broken")
