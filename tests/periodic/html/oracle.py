"""What a page means to two independent HTML parsers, with the content of some tags replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from justhtml import JustHTML
from selectolax.lexbor import LexborHTMLParser, LexborNode

Tokens = list[str]
Reader = Callable[[str, Mapping[str, str], bool], Tokens]


def meaning_by_justhtml(text: str, values: Mapping[str, str], replaces: bool) -> Tokens:
    """Return the page's nodes in order; see ``meaning_by_lexbor``."""
    root = JustHTML(text, sanitize=False).root
    return _merged(_JustHTML(dict(values), replaces).walk(root))


def meaning_by_lexbor(text: str, values: Mapping[str, str], replaces: bool) -> Tokens:
    """Return the page's nodes in order.

    ``values`` maps ids to texts; with ``replaces`` the first element with such an id counts as
    holding that text alone, else as it is. White space at the end of these elements is left out.
    """
    walker = _Lexbor(dict(values), replaces)
    node, tokens = LexborHTMLParser(text).root, Tokens()
    while node is not None:
        tokens += walker.walk(node)
        node = node.next
    return _merged(iter(tokens))


READERS: list[Reader] = [meaning_by_justhtml, meaning_by_lexbor]


def _start(name: str, namespace: str, attributes: Mapping[str, str | None] | None) -> str:
    shown = " ".join(f"{key}={value!r}" for key, value in sorted((attributes or {}).items()))
    return f"<{namespace} {name} {shown}>"


class _JustHTML:
    def __init__(self, values: dict[str, str], replaces: bool) -> None:
        self.values = values
        self.replaces = replaces

    def walk(self, node: Any, *, in_template: bool = False) -> Iterator[str]:
        if node.name == "#text":
            yield "=" + node.data
        elif node.name.startswith(("#comment", "!doctype")):
            yield f"<!{node.data if node.name == '#comment' else 'doctype'}>"
        elif node.name == "#document" or node.name == "#document-fragment":
            yield from self._children(node, in_template)
        else:
            yield from self._element(node, in_template)

    def _children(self, node: Any, in_template: bool) -> Iterator[str]:
        for child in node.children or []:
            yield from self.walk(child, in_template=in_template)

    def _element(self, node: Any, in_template: bool) -> Iterator[str]:
        yield _start(node.name, node.namespace or "html", node.attrs)
        value = None if in_template else self.values.pop((node.attrs or {}).get("id") or "", None)
        if value is not None and self.replaces:
            yield "=" + value
        else:
            content = getattr(node, "template_content", None)
            if content is not None:
                yield from self.walk(content, in_template=True)
            yield from self._children(node, in_template)
        yield "</trimmed>" if value is not None else "</>"


class _Lexbor:
    def __init__(self, values: dict[str, str], replaces: bool) -> None:
        self.values = values
        self.replaces = replaces

    def walk(self, node: LexborNode) -> Iterator[str]:
        if node.is_text_node:
            yield "=" + (node.text_content or "")
        elif node.is_comment_node:
            yield f"<!{node.comment_content}>"
        elif node.is_element_node:
            yield from self._element(node)
        else:
            yield "<!doctype>"

    def _element(self, node: LexborNode) -> Iterator[str]:
        yield _start(node.tag or "", "", node.attributes)
        if node.tag == "template":
            yield "=" + (node.inner_html or "")
        value = self.values.pop((node.attributes or {}).get("id") or "", None)
        if value is not None and self.replaces:
            yield "=" + value
        else:
            child = node.child
            while child is not None:
                yield from self.walk(child)
                child = child.next
        yield "</trimmed>" if value is not None else "</>"


def _merged(tokens: Iterator[str]) -> Tokens:
    """Join texts that follow each other and cut the white space in front of a trimmed end."""
    merged: Tokens = []
    for token in tokens:
        if token == "</trimmed>" and merged[-1].startswith("="):
            merged[-1] = merged[-1].rstrip("\t\n\f\r ")
        if merged and token.startswith("=") and merged[-1].startswith("="):
            merged[-1] += token[1:]
        elif token != "=":
            merged.append(token)
    return [token for token in merged if token != "="]
