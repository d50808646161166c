"""An app whose module starts a thread when it is imported."""

from __future__ import annotations

import threading

from tests.sessions.gui import Counter as App

__all__ = ["App"]

threading.Thread(target=threading.Event().wait, daemon=True, name="ticker").start()
