"""The tables in the documents that are made from code: ``python docs/tables.py`` writes them.

``tests/test_documents.py`` fails where a document's table is not what this makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dcip_server.formats import ckan, pod, udata
from dcip_server.formats.fields import DATASET_FIELDS, RESOURCE_FIELDS, Field
from dcip_server.formats.mapping import Row
from dcip_server.namespaces import PREFIXES
from dcip_server.protocol.rules import RULES
from dcip_server.settings import SETTINGS
from dcip_server.validation.ib1.rules import RULES as IB1_RULES

_TOP = Path(__file__).resolve().parents[1]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (heads, *rows):
        lines += [f"   {'* -' if number == 0 else '  -'} {cell}" for number, cell in enumerate(row)]
    return "\n".join(lines)


def settings() -> str:
    rows = (
        (f"``{row.name}``", f"``{row.default}``" if row.default != "" else "(empty)", row.meaning) for row in SETTINGS
    )
    return _table(("Name", "Default", "Meaning"), rows)


def conformance() -> str:
    rows = ((f"``{rule.id}``", rule.level, rule.heading, _plain(rule.due), _plain(rule.what_we_do)) for rule in RULES)
    return _table(("Rule", "Level", "The draft's heading", "What is due", "What the server does"), rows)


def _plain(text: str) -> str:
    """Text in which no character means markup."""
    return re.sub(r"([*`|\\])", r"\\\1", text)


def further_keys(fields: tuple[Field, ...]) -> str:
    rows = ((f"``{field.key}``", ", ".join(map(_short, field.predicates))) for field in fields if field.further)
    return _table(("Key", "Property"), rows)


def rows(*parts: tuple[str, tuple[Row, ...]]) -> str:
    """The rows of a JSON vocabulary; each part has a prefix for its keys."""
    cells = (
        (f"``{prefix}{row.key}``", ", ".join(f"``{name}``" for name in row.names))
        for prefix, part in parts
        for row in part
    )
    return _table(("Key", "Read from"), cells)


def _short(term: str) -> str:
    for namespace in PREFIXES:
        if term.startswith(f"<{namespace.iri}"):
            return f"{namespace.prefix}:{term[len(namespace.iri) + 1 : -1]}"
    return term


def ib1_rules() -> str:
    rows = (
        (f"``{rule.id}``", *rule.severities, "yes" if rule.net else "", _plain(rule.sentence), rule.source, rule.check)
        for rule in IB1_RULES.values()
    )
    return _table(("Rule", "Open data", "Metadata", "Network", "What is due", "Source", "Check"), rows)


TABLES = (
    ("docs/ib1-rules.rst", "ib1-rules-table", ib1_rules()),
    ("README.rst", "settings-table", settings()),
    ("README.rst", "conformance-table", conformance()),
    ("docs/mapping.rst", "further-keys-dataset", further_keys(DATASET_FIELDS)),
    ("docs/mapping.rst", "further-keys-resource", further_keys(RESOURCE_FIELDS)),
    ("docs/mapping.rst", "rows-ckan", rows(("", ckan.DATASET_ROWS), ("resources[].", ckan.RESOURCE_ROWS))),
    ("docs/mapping.rst", "rows-udata", rows(("", udata.DATASET_ROWS), ("resources[].", udata.RESOURCE_ROWS))),
    ("docs/mapping.rst", "rows-pod", rows(("", pod.DATASET_ROWS), ("resources[].", pod.RESOURCE_ROWS))),
)


def with_table(text: str, name: str, table: str) -> str:
    """The document's text with the table between its marks."""
    marks = re.compile(rf"(?<=^\.\. {name}\n\n).*?(?=^\.\. end of {name}$)", re.DOTALL | re.MULTILINE)
    return marks.sub(lambda _: f"{table}\n\n", text, count=1)


if __name__ == "__main__":
    for file, name, table in TABLES:
        path = _TOP / file
        path.write_text(with_table(path.read_text(encoding="utf-8"), name, table), encoding="utf-8")
