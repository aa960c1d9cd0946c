"""Terms of the EU's authority tables by whatever sources call them (``authorities.tsv``).

File types, languages, frequencies, access rights and data themes, which DCAT-AP wants by their IRIs. A term is
found by its code, its names in English, French and German, and what else sources write for it; names are
compared without regard to case and punctuation. What the tables do not know stays what the source wrote.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from dcip_server.formats.frequencies import EU_FREQUENCIES, INTERVALS, OLD_FREQUENCIES

_BASE = "http://publications.europa.eu/resource/authority/"
FILE_TYPE, LANGUAGE, FREQUENCY = "file-type", "language", "frequency"
ACCESS_RIGHT, DATA_THEME = "access-right", "data-theme"
#: Longer texts are no name of a term.
_LONGEST = 100
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})[-_][A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of an authority table; ``media_type`` is, of a file type, the one registered with IANA, else the usual one."""

    iri: str
    label: str
    media_type: str


@lru_cache(maxsize=4096)
def find_term(authority: str, text: str) -> Term | None:
    """The term that a source means, or ``None`` where the table does not know it."""
    if len(text) > _LONGEST:
        return None
    table = _tables()[authority]
    if authority == LANGUAGE and (tag := _LANGUAGE_TAG.fullmatch(text)):
        # Of en-GB the language alone: the table has no countries.
        text = tag[1]
    return table.get(text) if text in table else table.get(_name(text))


@lru_cache(maxsize=1024)
def find_file_type(iri: str) -> Term | None:
    """The file type with that IRI, however ``http`` is written."""
    base = _BASE + FILE_TYPE + "/"
    return (
        _tables()[FILE_TYPE].get(_name(code))
        if (code := iri.replace("https:", "http:", 1).removeprefix(base)) != iri
        else None
    )


def _name(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, Term]]:
    """For each authority its terms by their names. Frequencies also by udata's ids and as intervals."""
    found: dict[str, dict[str, Term]] = {}
    lines = files(__package__).joinpath("authorities.tsv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        term = Term(f"{_BASE}{row['authority']}/{row['code']}", row["label"], row["media_type"])
        table = found.setdefault(row["authority"], {})
        for name in (row["code"], row["label"], *filter(None, row["other_names"].split("|"))):
            if table.setdefault(_name(name), term) != term:
                raise ValueError(f"authorities.tsv: {name!r} stands for {table[_name(name)].iri} and {term.iri}")
    frequencies = found[FREQUENCY]
    by_iri = {term.iri: term for term in frequencies.values()}
    for id, iri in EU_FREQUENCIES.items():
        frequencies[id] = by_iri[iri]
        if id in INTERVALS:
            frequencies[INTERVALS[id]] = by_iri[iri]
    frequencies |= {old: frequencies[id] for old, id in OLD_FREQUENCIES.items()}
    return found
