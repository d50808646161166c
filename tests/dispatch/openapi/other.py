"""A type that has the name of one of dispatch's own."""

from __future__ import annotations

from dataclasses import dataclass

from smallweb.dispatch import Controller


@dataclass
class Error:
    line: int


class Refusing(Controller, access="public"):
    def last(self) -> Error:
        return Error(1)
