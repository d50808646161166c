"""Names that try to leave a site folder: what scanners send, and what has worked elsewhere."""

from __future__ import annotations

from itertools import product

_CLIMBS = [
    "../",
    "..\\",
    "..//",
    "./../",
    "....//",
    "..././",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%2f",
    "..%5c",
    "..%c0%af",
    "\uff0e\uff0e\uff0f",
]
_TARGETS = ["etc/passwd", "secret", "proc/self/environ", "settings.py"]

HOSTILE_NAMES = [
    *(climb * depth + target for climb, depth, target in product(_CLIMBS, (1, 3, 8), _TARGETS)),
    *(f"a/{climb}{climb}secret" for climb in _CLIMBS),
    *(f"/{target}" for target in _TARGETS),
    *(f"//{target}" for target in _TARGETS),
    *(f"secret{tail}" for tail in ("/", "/.", "/..", "\0", "\0.html", "\n", "/../secret", "%00",
    " ", ".", "::$DATA")),
    "", ".", "..", "/", "//", "\\", "~", "~root/.bashrc", "file:///etc/passwd", "C:\\secret",
    "\\\\host\\share",
    "link", "link/secret", "link/site/secret", "link/../secret", "out", "out/", "out/x",
    "dev/null", "con", "nul",
    ".git/config", ".env", "a/.hidden", "-rf", "\udcff", "\u202e", "x" * 5000, "a/" * 3000 + "b",
]  # fmt: skip
