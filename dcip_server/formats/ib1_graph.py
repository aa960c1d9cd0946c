"""What IB1's RDF says beyond DCAT: whose file it is, under which id an entry is known, and how its data is reached.

An entry of IB1's is a record with a sensitivity class, or a series that such a record is in. The terms
themselves are rows of ``fields.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from dcip_server.entities import Json
from dcip_server.formats import dcip_catalogs
from dcip_server.formats.ib1_licenses import listed_url
from dcip_server.formats.kinds import read_links
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import (
    iri,
    iri_text,
    is_iri,
    is_literal,
    is_web_iri,
    literal_language,
    literal_text,
    text_of,
)
from dcip_server.namespaces import DCAT, DCIP, DCTERMS, IB1, IB1_ALIASES

#: What the URLs of sensitivity classes begin with.
CLASS_BASE = "https://registry.trust.ib1.org/sensitivity-class/"
_SENSITIVITY_CLASSES = tuple(namespace.sensitivityClass for namespace in (IB1, *IB1_ALIASES))
#: Where a Directory lists its Members; a dataset can have further publishers.
_MEMBER_PATHS = ("/member/", "/m/")


class Entries:
    """IB1's entries of a graph by their nodes, and the members of its series."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __contains__(self, node: str) -> bool:
        return is_iri(node) and (self._is_marked(node) or bool(self._members(node)))

    def _is_marked(self, node: str) -> bool:
        said = self._graph.said(node)
        # What a DCIP catalog has written of JSON is that JSON, whoever's terms are in it; and what it gave an IRI had none.
        return (
            DCIP.json not in said
            and any(term in said for term in _SENSITIVITY_CLASSES)
            and not dcip_catalogs.is_given(self._graph, node)
        )

    def _members(self, series: str) -> list[str]:
        """The IRIs of the marked records that say that they are in the series, or of which a DCIP catalog has told that, sorted."""
        found = self._graph.subjects(DCAT.inSeries, series)
        members = self._told(series).get("members")
        told = members if isinstance(members, list) else []
        return sorted(
            {
                *(iri_text(node) for node in found if is_iri(node) and self._is_marked(node)),
                *(member for member in told if isinstance(member, str) and is_web_iri(member)),
            }
        )

    def _told(self, series: str) -> dict[str, Json]:
        """What a DCIP catalog, whose records are not all in this document, has told of a series."""
        records = dcip_catalogs.own_records(self._graph.records_about(series))
        return next(filter(None, (dcip_catalogs.told(self._graph, record) for record in records)), {})

    def value(self, node: str) -> dict[str, Json]:
        """The keys that an entry has beside those of any record in DCAT; absent values give no key."""
        publishers = read_links(self._graph.objects(node, DCTERMS.publisher), self._graph) or []
        found = {
            "uri": iri_text(node),
            "title": title_of(self._graph.objects(node, DCTERMS.title)),
            "maintainer": maintainer_of(publishers),
            "publishers": publishers,
            "members": self._members(node),
            "sensitivity_class": self._class(node),
        }
        return {key: value for key, value in found.items() if value}

    def _class(self, node: str) -> str | None:
        """The URL of the sensitivity class, which some write as its name alone or as a term of ib1."""
        terms = [term for predicate in _SENSITIVITY_CLASSES for term in self._graph.objects(node, predicate)]
        return class_url(text_of(terms[0])) if len(terms) == 1 else None

    def license_of_members(self, series: str) -> str | None:
        """The license that all members of a series have, however each spells it; ``None`` where they differ or one has none."""
        if isinstance(license := self._told(series).get("license"), str):
            return license
        found = {self._license(iri(member)) for member in self._members(series)}
        return found.pop() if len(found) == 1 else None

    def _license(self, node: str) -> str | None:
        """The URL of the one license of a node, ``None`` where it has none or several, or one that is text."""
        terms = self._graph.objects(node, DCTERMS.license)
        licenses = {listed_url(iri_text(term)) if is_iri(term) else "" for term in terms}
        return licenses.pop() or None if len(licenses) == 1 else None

    def access(self, node: str) -> list[Json]:
        """The resources of a service: its API, then the description of that."""
        found: list[Json] = []
        for kind, predicate in (("api", DCAT.endpointURL), ("doc", DCAT.endpointDescription)):
            urls = sorted(iri_text(term) for term in self._graph.objects(node, predicate) if is_iri(term))
            found += [{"resource_type": kind, "url": url} for url in urls if is_web_iri(url)][:1]
        return found


def maintainer_of(publishers: list[str]) -> str | None:
    """Of the publishers' IRIs the one that is a page of a Directory's members, else the first."""
    members = (url for url in publishers if any(path in url for path in _MEMBER_PATHS))
    return next(members, next(iter(publishers), None))


def title_of(terms: Iterable[str]) -> str | None:
    """The title in English, in one of its variants, without language, else by the first tag."""
    found = [(literal_language(term).lower(), literal_text(term)) for term in terms if is_literal(term)]
    return min(filter(_is_said, found), key=_language_order, default=("", None))[1]


def _is_said(text: tuple[str, str]) -> bool:
    return bool(text[1].strip())


def class_url(text: str) -> str | None:
    """The URL of a sensitivity class that is written as its name, a term of ib1 or a URL; ``None`` for anything else."""
    name = text
    for namespace in (CLASS_BASE, *(namespace.iri for namespace in (IB1, *IB1_ALIASES))):
        name = name.removeprefix(namespace)
    return CLASS_BASE + name if name in ("IB1-O", "IB1-SA", "IB1-SB") else None


def _language_order(text: tuple[str, str]) -> tuple[int, str, str]:
    tag = text[0]
    order = 0 if tag == "en" else 1 if tag.startswith("en-") else 2 if not tag else 3
    return order, *text


_FORMATS = {"text/csv": "CSV", "application/json": "JSON", "application/xml": "XML", "text/xml": "XML"}


def format_of(media_type: str) -> str:
    """The short name of a media type, whose parameters do not count."""
    essence = media_type.partition(";")[0].strip().lower()
    return _FORMATS.get(essence, essence.rpartition("/")[2].upper())
