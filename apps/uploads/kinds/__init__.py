"""What a file is, by its content and its name together, and which kinds are let in."""

from .accept import accepts, early_fault, html_accept, parse_accept
from .decide import decide
from .kind import BY_NAME, KINDS, Kind, kind_of_name
from .sniff import HEAD_BYTES, sniff

__all__ = [
    "BY_NAME",
    "HEAD_BYTES",
    "KINDS",
    "Kind",
    "accepts",
    "decide",
    "early_fault",
    "html_accept",
    "kind_of_name",
    "parse_accept",
    "sniff",
]
