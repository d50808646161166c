"""What came of one call of user code."""

from __future__ import annotations

from typing import Any

import msgspec


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A value, or an error with a sentence for people and, where there is one, the traceback.

    ``code`` is "" for success, else the code of an exception class of the suite.
    ``value`` is what crosses between processes: JSON, or bytes.
    """

    value: Any = None
    code: str = ""
    error: str = ""
    traceback: str = ""
    duration_s: float = 0.0

    @property
    def succeeded(self) -> bool:
        return not self.code
