"""Help texts: UTF-8, valid Markdown, wrapped to 78 columns (draft, "Help Dataset API Call").

The templates lie in ``help_texts/`` and know the endpoint's URL as ``{{ endpoint }}``. Wrapping
happens after the URLs are filled in; indented lines (examples, URLs) stay as they are.
"""

from __future__ import annotations

import textwrap
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from dcip_server.entities import Catalog
from dcip_server.protocol.entity_types import ENTITY_TYPES, EntityType

COLUMNS = 78


def _read(name: str) -> str:
    return (resources.files("dcip_server.help_texts") / name).read_text(encoding="utf-8")


_TEMPLATES = Environment(  # noqa: S701 - plain text, nothing to escape
    loader=FunctionLoader(_read), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True
)


@lru_cache(maxsize=64)
def api_help(endpoint: str, catalog: Catalog) -> str:
    """The text of ``<endpoint>/help.txt`` (draft, "API Help Call")."""
    return _render("api.txt", endpoint=endpoint, catalog=catalog, entity_types=ENTITY_TYPES.values())


@lru_cache(maxsize=64)
def entity_help(endpoint: str, entity_type: EntityType) -> str:
    """The text of ``<endpoint>/<entity>/help.txt`` (draft, "Help Dataset API Call")."""
    return _render(entity_type.help_text, endpoint=endpoint, entity_type=entity_type)


def _render(template: str, **values: object) -> str:
    text = _TEMPLATES.get_template(template).render(values)
    paragraphs = (_wrap(paragraph) for paragraph in text.strip("\n").split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _wrap(paragraph: str) -> str:
    """Fill running text and list items; leave headings and indented lines as they are."""
    lines = paragraph.strip("\n").split("\n")
    if any(line.startswith(("    ", "# ", "## ")) for line in lines) or set(lines[-1]) == {"="}:
        return "\n".join(line.rstrip() for line in lines)
    return _fill(" ".join(lines), hanging="  " if lines[0].startswith("- ") else "")


def _fill(text: str, hanging: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width=COLUMNS,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    """An operator's text as one paragraph; scripts without spaces are cut so that they can be wrapped."""
    words = (part for word in text.split() for part in (_cut(word) if len(word) > COLUMNS else (word,)))
    return " ".join(words)


def _cut(word: str) -> list[str]:
    """A word that is too long for a line, in lines; a URL stays whole."""
    if "://" in word:
        return [word]
    return [word[start : start + COLUMNS] for start in range(0, len(word), COLUMNS)]


def _heading(text: str) -> str:
    """A heading that may take several lines."""
    lines = _fill(_plain(text))
    return f"{lines}\n{'=' * max(map(len, lines.split(chr(10))))}"


_TEMPLATES.filters |= {"plain": _plain, "heading": _heading}
