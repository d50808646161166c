"""What an upload is for, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass

from ..conf import uploads_settings
from ..exceptions import TypeMismatch
from ..kinds import early_fault
from ..models import Upload
from ..registry import default_root
from .policy import FolderRules, HandlerRules, current


@dataclass(frozen=True, kw_only=True)
class Target:
    """A handler, whose ``folder`` keeps the files if it has one, or a folder alone."""

    handler: HandlerRules | None = None
    folder: FolderRules | None = None

    @property
    def max_bytes(self) -> int:
        return min(rules.max_bytes for rules in (self.handler, self.folder) if rules is not None)

    @property
    def root(self) -> str:
        return self.folder.root if self.folder is not None else default_root()

    @property
    def access(self) -> str:
        """The rule before whoever sends."""
        rules = self.handler or self.folder
        return "" if rules is None else rules.access

    @property
    def cors(self) -> tuple[str, ...]:
        """The origins whose pages may send."""
        own = None if self.handler is None else self.handler.handler.cors
        return uploads_settings().cors if own is None else own

    def require_kind(self, name: str, declared_type: str) -> None:
        """Raise TypeMismatch for a file of which its name tells already that it is not taken."""
        for rules in (self.handler, self.folder):
            fault = None if rules is None else early_fault(rules.accept, name, declared_type)
            if fault is not None:
                raise TypeMismatch(fault)


async def target_of(upload: Upload) -> Target:
    """Return what the upload is for, as it is now. Raises NothingHere when that is switched off."""
    rules = await current()
    return Target(
        handler=rules.handler(upload.handler) if upload.handler else None,
        folder=rules.folder(upload.folder) if upload.folder else None,
    )
