"""JSON of people's own in the admin: progress as a bar, the rest as text without what looks secret."""

from __future__ import annotations

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..durations import EMPTY
from ..redact import redact
from .cells import block

MAX_SHOWN = 20_000
_MAX_NOTE = 80
_BAR = '<span class="smallweb-progress"><progress max="1" value="{}" aria-label="{}"></progress> {}</span>'


def shortened(text: str, *, length: int = 120) -> str:
    if not text:
        return EMPTY
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"


def json_block(value: Any) -> SafeString:
    """Return the value as indented JSON of at most MAX_SHOWN characters."""
    if value in (None, {}):
        return SafeString(EMPTY)
    text = as_json(redact(value))
    if len(text) > MAX_SHOWN:
        cut = _("\N{HORIZONTAL ELLIPSIS} %(count)d characters in all") % {"count": len(text)}
        text = f"{text[:MAX_SHOWN]}\n{cut}"
    return block(text)


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def progress_cell(progress: Any) -> SafeString:
    """Return a bar for a number from 0 to 1, also as ``number`` or ``percent`` of a dict, else text."""
    share, note = _share_and_note(progress)
    text = shortened(note, length=_MAX_NOTE) if note else ""
    if share is None:
        return format_html("{}", text or EMPTY)
    percent = f"{int(share * 100 + 1e-9)} %"  # 100 % is said of what is whole
    return format_html(_BAR, f"{share:.4g}", _("progress"), f"{percent} {text}".rstrip())


def _share_and_note(progress: Any) -> tuple[float | None, str]:
    if progress is None:
        return None, ""
    if isinstance(progress, dict):
        for name, whole in (("number", 1), ("percent", 100)):
            if _is_number(progress.get(name)):
                rest = {key: value for key, value in progress.items() if key != name}
                return _bounded(progress[name] / whole), _note(rest)
    if _is_number(progress):
        return _bounded(progress), ""
    return None, _note(progress)


def _note(value: Any) -> str:
    """A dict of plain values reads as a list of them; anything else as JSON."""
    value = redact(value)
    if isinstance(value, dict) and not any(isinstance(held, dict | list) for held in value.values()):
        return ", ".join(f"{name}: {_plain(held)}" for name, held in value.items())
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bounded(share: float) -> float:
    return min(max(share, 0.0), 1.0)
