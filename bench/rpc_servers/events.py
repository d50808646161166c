"""What is published: its number between two marks that a client finds without reading the rest."""

from __future__ import annotations

MARK = "#"
TEXT = "The bakery opens on Sunday"


def event_data(number: int) -> dict[str, str]:
    return {"headline": TEXT, "number": f"{MARK}{number:08}{MARK}"}
