"""htag apps in one script, without a project: as htagweb's ``Runner`` runs them."""

from __future__ import annotations

from .runner import Runner

__all__ = ["Runner"]
