"""The whole catalog as one document, one dataset after the other: what each such feed puts around and makes of the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dcip_server.entities import Catalog, Json
from dcip_server.formats import dcat_us, pod
from dcip_server.formats.catalog_rdf import StoredRecord, describe, list_record
from dcip_server.formats.ckan_package import groups_of, name_of, organization_of
from dcip_server.formats.dcip import pruned
from dcip_server.formats.rdf.rdfxml import FOOT, HEAD, elements
from dcip_server.protocol.entity_types import DATASET
from dcip_server.protocol.urls import Format, Place

_VERSION = "https://project-open-data.cio.gov/v1.1/schema"


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A live dataset: its number, id, title and key (24 hex digits) in the catalog, and its bytes in the feed's format.

    ``has_iri`` is as in :class:`StoredRecord`, where the feed tells datasets apart by it.
    """

    number: int
    id: str
    title: str
    key: str
    body: bytes
    has_iri: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """``head`` and ``foot`` stand around the entries of the records.

    Each entry begins with the ``separator``, one byte, the first with a blank in its place. ``entry`` makes it,
    without that byte; ``format`` is the one that it reads, ``None`` where it needs no more than the id. ``place``
    differs where what stands in the feed depends on more than the catalog. ``by_iri`` says that datasets are told apart
    by their IRIs in it.
    """

    name: str
    head: bytes
    foot: bytes
    entry: Callable[[FeedRecord], bytes]
    format: Format | None = Format.JSON
    separator: bytes = b","
    place: str = ""
    by_iri: bool = False


def _line(render: Callable[[Mapping[str, Json]], Json]) -> Callable[[FeedRecord], bytes]:
    """An entry of one line of JSON."""
    return lambda record: _json(render(json.loads(record.body)))


def _json(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


#: DCAT-US 1.1. It has no services and no series, and its catalog no other term that is ours to fill.
DATA_JSON = Feed(
    "data",
    f'{{"@context":"{_VERSION}/catalog.jsonld","@type":"dcat:Catalog","conformsTo":"{_VERSION}",'
    f'"describedBy":"{_VERSION}/catalog.json","dataset":[\n'.encode(),
    b"]}\n",
    _line(dcat_us.render_dataset),
)

_IDS = ("id", "identifier")
#: Terms of which clients read a list, letter by letter where it is a text.
_LISTS = ("keyword", "language", "theme")


def _dataset_of_beta3(value: Mapping[str, Json]) -> dict[str, Json]:
    """A record in the JSON of DCIP 1.0-beta-3: it says ``id``, its client reads ``identifier``; both are text."""
    id = str(value["id"])
    written = pod.render_record(value)
    for key in _LISTS:
        if isinstance(written.get(key), str):
            written[key] = [written[key]]
    return {"id": id, "identifier": id, **pruned({key: item for key, item in written.items() if key not in _IDS})}


#: DCIP 1.0-beta-3.
DCIP_JSON = Feed("dcip", b"[\n", b"]\n", _line(_dataset_of_beta3))


#: The names of packages as CKAN's action API lists them.
PACKAGE_NAMES = Feed(
    "packages",
    b'{"success":true,"result":[\n',
    b"]}\n",
    lambda record: _json(name_of(record.id, record.key)),
    format=None,
)


def _memberships(record: FeedRecord) -> bytes:
    value = json.loads(record.body)
    organization = organization_of(value)
    return _json([organization["name"] if organization else None, *(group["name"] for group in groups_of(value))])


#: Of each dataset the names of its organization and its groups, as CKAN has them: what is counted, not sent.
MEMBERSHIPS = Feed("memberships", b"[\n", b"]\n", _memberships)


def data_rdf(catalog: Catalog, place: Place, left_out: Callable[[str], None]) -> Feed:
    """The same in RDF: one document that describes the catalog and all its datasets, as :mod:`catalog_rdf` has them.

    ``left_out`` hears of each triple that RDF/XML has no way to say.
    """
    head = (HEAD + elements(describe(catalog, place))).encode()

    def entry(record: FeedRecord) -> bytes:
        faults: list[str] = []
        stored = StoredRecord(record.number, DATASET.name, record.id, record.title, record.body, has_iri=record.has_iri)
        said = elements(list_record(place, stored), faults)
        for fault in faults:
            left_out(fault)
        return said.encode()

    depends_on = f"{place.site} {place.endpoint} {head!r}"
    return Feed("rdf", head, FOOT.encode(), entry, Format.N3, b"\n", depends_on, by_iri=True)
