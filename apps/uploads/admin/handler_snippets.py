"""How pages and programs send to a handler."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin.snippet import VARIABLE, Snippet, code_of
from ..kinds import html_accept

_FORM = """\
<form method="post" enctype="multipart/form-data" action="{path}">
  {{% csrf_token %}}
  <input type="file" name="file" multiple{accept}>
  <button>Send</button>
</form>"""
_BOX = """\
<script type="module" src="{script}"></script>
<upload-box to="{path}">
{form}
</upload-box>"""
_PYTHON = """\
import os
import requests

with open("a.png", "rb") as file:
    answer = requests.post(
        {url},
        headers={{"Authorization": "Bearer " + os.environ[{variable}]}},
        data={{"title": "A title"}},
        files={{"file": file}},
    )
answer.raise_for_status()
print(answer.json())"""


def snippets(path: str, *, accept: list[str], site: str) -> list[Snippet]:
    """Return the ways to send to the path; ``site`` is the address without a slash at its end."""
    kinds = html_accept(accept)
    form = _FORM.format(path=escape(path), accept=f' accept="{escape(kinds)}"' if kinds else "")
    lines = form.replace("\n", "\n  ")
    box = _BOX.format(
        script=static_url("smallweb_uploads/upload_box.js"), path=escape(path), form=f"  {lines}"
    )
    return [
        Snippet(_("Form of a template"), form),
        Snippet("<upload-box>", box),
        Snippet("curl", _curl(f"{site}{path}")),
        Snippet("Python", _PYTHON.format(url=code_of(f"{site}{path}"), variable=code_of(VARIABLE))),
    ]


def snippets_cell(shown: Iterable[Snippet]) -> SafeString:
    """Return them with a button to copy each, where there is JavaScript."""
    block = (
        '<h3>{}</h3><pre class="smallweb-block" tabindex="0" role="region" aria-label="{}" '
        'data-copy="{}" data-copied="{}">{}</pre>'
    )
    copy, copied = _("Copy"), _("Copied")
    parts = ((one.title, one.title, copy, copied, one.text) for one in shown)
    return format_html('<div class="smallweb-snippets">{}</div>', format_html_join("", block, parts))


def static_url(name: str) -> str:
    """Return the address of a file of ours; the plain name where the storage does not know it yet."""
    try:
        return static(name)
    except ValueError:
        return f"/static/{name}"


def _curl(url: str) -> str:
    lines = [
        f"curl {shlex.quote(url)}",
        f'-H "Authorization: Bearer ${VARIABLE}"',
        "-F file=@a.png",
        "-F title='A title'",
    ]
    return " \\\n  ".join(lines)
