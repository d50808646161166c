"""A backend for the small web: live pages, callable objects, code at URLs, uploads and apps per user."""

__version__ = "0.1.0"
