"""A whole site from one script: objects, folders of pages, and nothing to set up."""

from __future__ import annotations

from .web_app import RPCWebApp

__all__ = ["RPCWebApp"]
