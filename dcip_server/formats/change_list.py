"""The change list's two serialisations, entry by entry (draft, "Response Format"; surface 3).

One line an entry, so that a list can be cut and extended without reading it all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from dcip_server.formats.rdf.terms import iri, literal
from dcip_server.namespaces import ADMS, CHANGE_TYPE, DCAT, DCTERMS, FOAF, RDFS, XSD
from dcip_server.protocol.urls import Format, record_iri, record_url

_STATUS = {"create": "created", "update": "updated", "delete": "deleted"}


class Entry(Protocol):
    """What is said of a record in a list; the store's entries are such."""

    @property
    def entity(self) -> str: ...
    @property
    def id(self) -> str | int: ...
    @property
    def change_type(self) -> str: ...
    @property
    def modified(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def title(self) -> str: ...
    @property
    def iri(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ListSyntax:
    """How a list is put together: head, lines that each begin with a separator, foot.

    The first line's separator is ``first_separator``, of the same length as the others'.
    ``revision`` and ``modified`` find those values in a line.
    """

    format: Format
    separator: bytes
    first_separator: bytes
    foot: bytes
    revision: re.Pattern[bytes]
    modified: re.Pattern[bytes]

    def head(self, endpoint: str) -> bytes:
        """What stands before the first line."""
        return b"[\n" if self.format is Format.JSON else _n3_head(endpoint)

    def line(self, entry: Entry, endpoint: str, with_title: bool = False) -> bytes:
        """One entry, from its separator to its line break."""
        render = _json_line if self.format is Format.JSON else _n3_line
        return self.separator + render(entry, endpoint, with_title).encode() + b"\n"

    def render(self, entries: Iterable[Entry], endpoint: str, with_title: bool = False) -> bytes:
        """A whole list, for those that are short enough to be made in memory."""
        lines = b"".join(self.line(entry, endpoint, with_title) for entry in entries)
        return self.head(endpoint) + self.first_separator[: len(lines)] + lines[len(self.separator) :] + self.foot


def _json_line(entry: Entry, endpoint: str, with_title: bool) -> str:
    value: dict[str, str | int] = {
        "id": entry.id,
        "change_type": entry.change_type,
        "modified": entry.modified,
        "url": record_url(endpoint, entry.entity, entry.id, Format.JSON),
        "revision": entry.revision,
    }
    if entry.sha256:
        value["sha256"] = entry.sha256
    if with_title:
        value["title"] = entry.title
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def catalog_iri(endpoint: str) -> str:
    """The catalog's IRI as a term."""
    return iri(f"{endpoint}/catalog.dcat.N3#catalog")


def _n3_head(endpoint: str) -> bytes:
    prefixes = "".join(
        f"@prefix {ns.prefix}: <{ns.iri}> .\n" for ns in (ADMS, CHANGE_TYPE, DCAT, DCTERMS, FOAF, RDFS, XSD)
    )
    return f"{prefixes}\n{catalog_iri(endpoint)} a dcat:Catalog .\n".encode()


def _n3_line(entry: Entry, endpoint: str, with_title: bool) -> str:
    url = record_url(endpoint, entry.entity, entry.id, Format.N3)
    record = f"<{url}#record>"
    topic = entry.iri or f"{endpoint}/{record_iri(entry.entity, entry.id)}"
    identifier = literal(str(entry.id)) if isinstance(entry.id, str) else f'"{entry.id}"^^xsd:integer'
    title = f" ; dcterms:title {literal(entry.title)}" if with_title else ""
    return (
        f"{catalog_iri(endpoint)} dcat:record {record} ."
        f" {record} a dcat:CatalogRecord ; dcterms:identifier {identifier}{title}"
        f' ; dcterms:modified "{entry.modified}"^^xsd:dateTime'
        f" ; adms:status changetype:{_STATUS[entry.change_type]}"
        f' ; dcat:version "{entry.revision}"'
        f" ; foaf:primaryTopic {iri(topic)}"
        f" ; rdfs:seeAlso <{url}> ."
    )


LIST_SYNTAX = {
    Format.JSON: ListSyntax(
        Format.JSON,
        separator=b",",
        first_separator=b" ",
        foot=b"]\n",
        revision=re.compile(rb',"revision":(\d+)(?:,"sha256":"[0-9a-f]{64}")?\}\n?$'),
        modified=re.compile(rb'"change_type":"[a-z]+","modified":"([0-9TZ:-]+)","url":"'),
    ),
    Format.N3: ListSyntax(
        Format.N3,
        separator=b"",
        first_separator=b"",
        foot=b"",
        revision=re.compile(rb' ; dcat:version "(\d+)" ; foaf:primaryTopic <'),
        modified=re.compile(rb' ; dcterms:modified "([0-9TZ:-]+)"\^\^xsd:dateTime ; adms:status '),
    ),
}
