"""Texts that say what they are."""

from __future__ import annotations


class Html(str):
    """A text that is sent as text/html: ``return Html("<h1>Hello</h1>")``. Escape what others wrote."""


class UrlPath(str):
    """The path of the request without its first slash: what a parameter with this annotation gets."""
