"""The same request as a program would send it."""

from __future__ import annotations

import shlex

import msgspec

from ...core.admin.snippet import VARIABLE, Snippet, code_of
from .console_request import Asked, query_text, texts_of


def snippets(path: str, asked: Asked, *, site: str, script_url: str) -> list[Snippet]:
    """Return the request for curl and for a page of the site; ``site`` is the address without a slash at its
    end, ``script_url`` that of core's csrf.js.
    """
    shown = asked.hidden()
    query = query_text(shown.query)
    target = f"{path}?{query}" if query else path
    return [
        Snippet("curl", _curl(f"{site}{target}", shown)),
        Snippet("JavaScript (fetch)", _javascript(target, shown, script_url)),
    ]


def _curl(url: str, asked: Asked) -> str:
    lines = [f"curl {shlex.quote(url)}", f'-H "Authorization: Bearer ${VARIABLE}"']
    lines += [f"-F {shlex.quote(f'{name}={text}')}" for name, text in _form_texts(asked)]
    lines += [f"-F {shlex.quote(f'{name}=@{file}')}" for name, file in _file_names(asked)]
    if asked.body is not msgspec.UNSET:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(code_of(asked.body))}"]
    is_implied = asked.method == "GET" or (asked.method == "POST" and len(lines) > 2)
    if not is_implied:
        lines.insert(1, f"-X {asked.method}")
    return " \\\n  ".join(lines)


def _javascript(target: str, asked: Asked, script_url: str) -> str:
    if asked.method == "GET":
        return f"const answer = await fetch({code_of(target)});\nconsole.log(await answer.text());"
    begin = [f"import {{ csrfToken }} from {code_of(script_url)};", ""]
    headers = ['"X-CSRFToken": csrfToken()']
    body = ""
    if asked.form is not None:
        begin += ["const form = new FormData();", *_form_lines(asked)]
        body = "\n  body: form,"
    elif asked.body is not msgspec.UNSET:
        headers.append('"Content-Type": "application/json"')
        body = f"\n  body: JSON.stringify({code_of(asked.body)}),"
    lines = "\n".join(begin)
    return (
        f"{lines}\nconst answer = await fetch({code_of(target)}, {{\n  method: {code_of(asked.method)},\n"
        f"  headers: {{ {', '.join(headers)} }},{body}\n}});\nconsole.log(await answer.text());"
    )


def _form_lines(asked: Asked) -> list[str]:
    texts = [f"form.append({code_of(name)}, {code_of(text)});" for name, text in _form_texts(asked)]
    choose = 'document.querySelector("input[type=file]").files[0]'
    return texts + [f"form.append({code_of(name)}, {choose});" for name, _file in _file_names(asked)]


def _form_texts(asked: Asked) -> list[tuple[str, str]]:
    return [(name, text) for name, value in (asked.form or {}).items() for text in texts_of(value)]


def _file_names(asked: Asked) -> list[tuple[str, str]]:
    """An example has names of fields, and no files yet."""
    return [
        (name, str(file.name) if file is not None else "file")
        for name, files in asked.files.items()
        for file in (files or [None])
    ]
