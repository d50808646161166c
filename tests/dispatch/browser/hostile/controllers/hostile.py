"""<img src=x onerror=alert(1)>"""

from __future__ import annotations

from typing import Literal

from smallweb.dispatch import Controller, safe

MARKUP = (
    "</code></script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
)


class Words(Controller, access="public"):
    @safe
    def say(self, text: str = MARKUP, kind: Literal["<b>", "</option>"] = "<b>") -> str:
        return MARKUP + text

    say.__doc__ = MARKUP


class Secret(Controller, access="staff"):
    def launch(self, code: int) -> str:
        return f"launched {code}"
