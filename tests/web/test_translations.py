"""The interface is whole in every language: each text of a template has its row, and each row is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from dcip_server.web.translations import _ROWS, LANGUAGES, translate

_WEB = resources.files("dcip_server.web")
_TEMPLATES = {file.name: file.read_text(encoding="utf-8") for file in (_WEB / "templates").iterdir()}
#: Names of formats and of the languages' common words: the same in each.
_SAME = {
    "Contact",
    "Date",
    "Format",
    "Formats",
    "Name",
    "Pages",
    "Service",
    "Statistics",
    "Version",
    "relevance",
    "date",
}


def _texts(node: nodes.Node) -> Iterator[str]:
    """The constant texts that an expression can give."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _texts(node.expr1)
        if node.expr2:
            yield from _texts(node.expr2)


def _translated(source: str) -> set[str]:
    tree = Environment().parse(source)
    return {text for found in tree.find_all(nodes.Filter) if found.name == "t" for text in _texts(found.node)}


def test_every_text_of_a_template_has_a_row() -> None:
    rows = {english for english, *_ in _ROWS}
    missing = {(name, text) for name, source in _TEMPLATES.items() for text in _translated(source) - rows}
    assert missing == set()
    assert sum(len(_translated(source)) for source in _TEMPLATES.values()) > 120


#: Words between tags that no ``t`` gives: names, which are the same in every language.
_NAMES = {
    "Turtle", "RDF/XML", "JSON-LD", "N3", "JSON", "DCAT N3", "Atom", "CKAN API", "data.json (DCAT-US 1.1)", "data.rdf",
    "DCIP 1.0-beta-3", "dcip-server import", "curl", "help.txt",
}  # fmt: skip


def test_no_template_says_a_word_that_is_not_translated() -> None:
    said = set()
    for name, source in _TEMPLATES.items():
        if name.endswith(".html"):
            bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "\0", source, flags=re.DOTALL)
            for text in re.findall(r">([^<>]*)<", bare):
                said |= {(name, word.strip()) for word in text.split("\0") if re.search(r"[A-Za-z]{2}", word)}
    words = {(name, re.sub(r"^\W+|[\s,:;'/]+$", "", word)) for name, word in said}
    assert {(name, word) for name, word in words if word not in _NAMES} == set()


#: What statuses are called; the library names them, and changes by their types.
_LOOKED_UP = {
    "create",
    "update",
    "delete",
    "Not Found",
    "Bad Request",
    "Method Not Allowed",
    "Gone",
    "Request Entity Too Large",
}


def test_no_row_is_without_use_and_none_stands_twice() -> None:
    used = set(_LOOKED_UP)
    for path in Path(str(resources.files("dcip_server"))).rglob("*.py"):
        if path.name != "translations.py":
            constants = (
                node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
            )
            used |= {node.value for node in constants if isinstance(node.value, str)}
    texts = [english for english, *_ in _ROWS]
    templates = "\n".join(_TEMPLATES.values())
    assert [
        text for text in texts if text not in used and f'"{text}"' not in templates and f"'{text}'" not in templates
    ] == []
    assert sorted(texts) == sorted(set(texts))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    for english, *_ in _ROWS:
        said = translate(language, english)
        assert _places(said) == _places(english), english
        assert said.strip(), english


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
