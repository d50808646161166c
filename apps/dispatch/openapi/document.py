"""The whole document."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...core.describe import digest_of, words
from ...core.schemas import component_schemas_of
from ..paths import base_path
from ..services.list_endpoints import Allowed, allowed_endpoints
from .operations import described, kinds_of, tag_of
from .security import security_schemes
from .shapes import KINDS, error_responses
from .status import TAG, status_path_item

VERSION = "3.1.0"
TITLE = "Methods of controllers"


def document_for(user: Any) -> dict[str, Any]:
    """Return the document of what this user may call now, AnonymousUser for a visitor; None for all there is.

    ``info.version`` changes with anything in the document. Asks the database, as often as there are
    different rules.
    """
    return document_of(tuple(allowed_endpoints(user)), base=base_path())


@lru_cache(maxsize=32)  # callers of the same rights get the same; to make it takes some milliseconds
def document_of(allowed: tuple[Allowed, ...], *, base: str) -> dict[str, Any]:
    """Return the document of these endpoints; ``base`` is the path below which they lie."""
    # One look at all types: two of one name must not become one.
    kinds = [*KINDS, *(kind for one in allowed for kind in kinds_of(one.endpoint))]
    (error, started, status, *schemas), components = component_schemas_of(kinds)
    given = iter(schemas)
    methods = [described(one, given, started=started) for one in allowed]
    body = {
        "servers": [{"url": base.rstrip("/") or "/"}],
        "tags": _tags(allowed),
        "paths": {
            **{path: item for method in methods for path, item in method.path_items()},
            "/status/{id}": status_path_item(status),
        },
        "components": {
            "schemas": components,
            "responses": error_responses(error),
            "securitySchemes": security_schemes(),
        },
    }
    return {"openapi": VERSION, "info": {"title": TITLE, "version": digest_of(body)}, **body}


def _tags(allowed: Sequence[Allowed]) -> list[dict[str, str]]:
    docs = {tag_of(one.endpoint): sys.modules[one.endpoint.controller.__module__].__doc__ for one in allowed}
    listed = [{"name": name, **_description(doc)} for name, doc in docs.items()]
    return [*listed, {"name": TAG, "description": "How far started tasks are."}]


def _description(doc: str | None) -> dict[str, str]:
    summary = words(doc or "").get("summary")
    return {} if summary is None else {"description": summary}
