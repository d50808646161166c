"""What can be wrong with controllers and requests."""

from __future__ import annotations

from ..core.exceptions import SmallwebError


class CannotDispatch(SmallwebError):
    """A controller, a method of it or an option cannot be what the code asks."""

    code = "cannot_dispatch"
