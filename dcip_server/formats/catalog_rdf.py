"""The catalog in DCAT: what it says of itself, and a page of all its records for harvesters.

A page is what the clients of catalog feeds read: paging in both of Hydra's vocabularies, absolute IRIs, and
of each distribution the address and the licence where they look for them. What is repeated there the
record says already; nothing else is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from dcip_server.entities import Catalog, Triple
from dcip_server.formats.apart import set_apart
from dcip_server.formats.change_list import catalog_iri
from dcip_server.formats.ckan_package import contact_of, publisher_of
from dcip_server.formats.dcat_ap import conform, genid
from dcip_server.formats.json_value import json_or_none
from dcip_server.formats.rdf.serialise import read_stored
from dcip_server.formats.rdf.terms import iri, iri_text, is_literal, is_web_iri, literal, literal_text
from dcip_server.formats.rdf.write import base_line
from dcip_server.formats.shared_nodes import named_alike
from dcip_server.namespaces import ADMS, DCAT, DCIP, DCTERMS, FOAF, HYDRA, LDP, R3D, RDF, SKOS, VCARD, XSD
from dcip_server.protocol.urls import FORMATS, Format, Place, iri_at_page, is_page, page_path, record_url


@dataclass(frozen=True, slots=True)
class Paging:
    """A page's own URL, the next one's or ``None``, and the number of records in all pages."""

    url: str
    next_url: str | None
    total: int


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A live record: its number, entity type, id and title in the catalog, and its N3 as stored.

    Without ``has_iri`` the IRI that its source gives it stands for another record of the catalog.
    """

    number: int
    entity: str
    id: str
    title: str
    n3: bytes
    has_iri: bool = True


def describe(catalog: Catalog, place: Place, modified: str = "") -> list[Triple]:
    """What the catalog says of itself; ``modified`` is the time (UTC) of its latest change, if that is to be said."""
    subject, contact = catalog_iri(place.endpoint), catalog.contact
    triples = [
        (subject, RDF.type, DCAT.Catalog),
        (subject, DCTERMS.identifier, literal(catalog.id)),
        (subject, DCTERMS.title, literal(catalog.title)),
        (subject, DCTERMS.description, literal(catalog.description)),
        (subject, DCAT.contactPoint, "_:contact"),
        ("_:contact", RDF.type, VCARD.Kind),
        (subject, DCTERMS.publisher, "_:publisher"),
        ("_:publisher", RDF.type, FOAF.Agent),
        ("_:publisher", FOAF.name, literal(contact)),
        (subject, FOAF.homepage, iri(place.site + "/")),
    ]
    if modified:
        triples.append((subject, DCTERMS.modified, literal(modified, XSD.dateTime)))
    if is_web_iri(contact):
        how = [("_:contact", VCARD.hasURL, iri(contact)), ("_:publisher", FOAF.homepage, iri(contact))]
    elif "@" in contact and " " not in contact:
        address = iri("mailto:" + contact)
        how = [("_:contact", VCARD.hasEmail, address), ("_:publisher", FOAF.mbox, address)]
    else:
        how = [("_:contact", VCARD.fn, literal(contact))]
    return triples + how


def page_of_records(
    catalog: Catalog, place: Place, modified: str, paging: Paging, records: Iterable[StoredRecord]
) -> list[Triple]:
    """One page of the catalog's records, each with all it says."""
    node = iri(paging.url)
    triples = describe(catalog, place, modified)
    subject = catalog_iri(place.endpoint)
    triples += [
        (subject, RDF.type, R3D.Repository),
        (node, RDF.type, HYDRA.PartialCollectionView),
        (node, RDF.type, HYDRA.PagedCollection),
        (node, HYDRA.totalItems, literal(str(paging.total), XSD.integer)),
    ]
    if paging.next_url is not None:
        triples += [(node, predicate, iri(paging.next_url)) for predicate in (HYDRA.next, HYDRA.nextPage)]
        # Indexes of FAIR Data Points know no Hydra.
        triples.append((subject, LDP.contains, iri(paging.next_url)))
    given = tuple(records)
    size_bytes = sum(len(record.n3) for record in given)
    listed = _kept_listing if size_bytes <= _MOST_KEPT_BYTES else _list_records
    return triples + listed(place, given)


def _list_records(place: Place, records: tuple[StoredRecord, ...]) -> list[Triple]:
    # What two records say alike of one thing is said once.
    return list(dict.fromkeys(triple for record in records for triple in list_record(place, record)))


#: A page's records are the same in each serialisation. A page that is larger than this is not remembered.
_MOST_KEPT_BYTES = 1 << 20
_kept_listing = lru_cache(maxsize=1)(_list_records)


def list_record(place: Place, record: StoredRecord) -> list[Triple]:
    """That the catalog has the record, and all that it says."""
    subject = catalog_iri(place.endpoint)
    main, said = read_record(place, record)
    triples = [(subject, DCAT.service if (main, RDF.type, DCAT.DataService) in said else DCAT.dataset, main)]
    triples += ((subject, DCAT.record, s) for s, p, o in said if o == DCAT.CatalogRecord and p == RDF.type)
    return triples + said


def read_record(place: Place, record: StoredRecord) -> tuple[str, list[Triple]]:
    """A record's main node, and all that a page says of it."""
    stored = read_record_at_page(place, record.n3, f"r{record.number}b")
    main, own = stored[0][0], iri(f"{place.site}/{page_path(record.entity, record.id)}")
    if main != own and (not record.has_iri or is_page(iri_text(main), place) or main.startswith(_nodes_of_ours(place))):
        stored, main = set_apart(stored, main, own, place), own
    conforming = conform([*stored, *_from_ckan(stored, main, place)], place.site)
    return main, named_alike(_for_harvesters(conforming, main, record, place), (main, f"<{place.endpoint}/"))


def read_record_at_page(place: Place, n3: bytes, blank_prefix: str = "b") -> list[Triple]:
    """All that a stored record says, first of its main node; that is its page's URL where its source gave it no IRI.

    So are the others that it names as the catalog knows them.
    """
    stored = read_stored(base_line(place.endpoint) + n3, blank_prefix)
    own = iri(iri_at_page(iri_text(stored[0][0]), place))
    names = {stored[0][0]: own, **_others_at_pages(stored, place)}
    return [(names.get(s, s), p, names.get(o, o)) if s in names or o in names else (s, p, o) for s, p, o in stored]


def _others_at_pages(said: list[Triple], place: Place) -> dict[str, str]:
    """The pages of records at the endpoint that a record names, by what it names them: not the URL of a format or of a part."""
    below = f"<{place.endpoint}/"
    named = {o for _, _, o in said if o.startswith(below) and "#" not in o and not o.endswith(_FORMATS_OF_RECORDS)}
    return {node: iri(iri_at_page(iri_text(node), place)) for node in named}


_FORMATS_OF_RECORDS = tuple(f".{extension}>" for extension in FORMATS)


def _for_harvesters(said: list[Triple], main: str, record: StoredRecord, place: Place) -> list[Triple]:
    """The record's triples, and those that clients miss where they look for them."""
    kept: list[Triple] = []
    #: What the record says of itself, and of which nodes something is said.
    own: dict[str, list[str]] = {predicate: [] for predicate in _OWN}
    having: dict[str, set[str]] = {predicate: set() for predicate in _HAVING}
    files: set[str] = set()
    downloads: list[tuple[str, str]] = []
    ours = _nodes_of_ours(place)
    of_record = f"<{record_url(place.endpoint, record.entity, record.id, Format.N3)}#"
    for triple in said:
        subject, predicate, object = triple
        if subject.startswith(ours) and not subject.startswith(of_record):
            continue
        if predicate in having:
            having[predicate].add(subject)
        if predicate == RDF.type:
            if object == DCAT.Distribution:
                files.add(subject)
            if object in _PAGING or (object in _RECORDS and subject != main):
                continue
            if object == DCAT.DataSeries and subject == main and (main, RDF.type, DCAT.DatasetSeries) not in said:
                # The class of an earlier draft of DCAT 3, which no harvester looks for.
                kept.append((main, RDF.type, DCAT.DatasetSeries))
        elif predicate == DCAT.downloadURL:
            downloads.append((subject, object))
        elif subject == main and predicate in own:
            own[predicate].append(object)
            if predicate == DCTERMS.identifier:
                continue
        kept.append(triple)
    kept.append((main, DCTERMS.identifier, literal(record.id)))
    for other in dict.fromkeys(own[DCTERMS.identifier]):
        kept += _other_identifier(other, main, record, place)
    if not own[DCTERMS.title]:
        # As the source says it under another property, in its language.
        titles = [o for s, p, o in said if s == main and is_literal(o) and literal_text(o) == record.title]
        kept.append((main, DCTERMS.title, min(titles, default=literal(record.title))))
    distributions = dict.fromkeys(own[DCAT.distribution])
    files |= distributions.keys()
    kept += ((s, DCAT.accessURL, o) for s, o in downloads if s in files and s not in having[DCAT.accessURL])
    for node in distributions:
        # A node of which nothing is said is no distribution that could have a licence.
        if node in having[RDF.type] and node not in having[DCTERMS.license]:
            kept += ((node, DCTERMS.license, license) for license in own[DCTERMS.license])
    return kept


def _nodes_of_ours(place: Place) -> tuple[str, ...]:
    """What nodes begin with that are the catalog, a page of it or part of a record: nobody else says what these are."""
    return f"<{place.site}/catalog.", f"<{place.endpoint}/"


_OWN = (DCTERMS.identifier, DCTERMS.title, DCTERMS.license, DCAT.distribution)
_HAVING = (RDF.type, DCAT.accessURL, DCTERMS.license)


def _from_ckan(said: list[Triple], main: str, place: Place) -> Iterator[Triple]:
    """The publisher and the contact of a package of CKAN, where nothing else says who they are."""
    # A source in RDF may say anything under our term.
    texts = [literal_text(o) for s, p, o in said if p == DCIP.json and s == main and is_literal(o)]
    value = json_or_none(texts[0]) if texts and '"ckan":' in texts[0] else None
    if not isinstance(value, dict):
        return
    has = {p for s, p, _ in said if s == main}
    named = {s: literal_text(o) for s, p, o in said if p == FOAF.name and is_literal(o)}
    names = {
        key: literal_text(o) if is_literal(o) else named.get(o)
        for key, predicate in _AGENTS.items()
        for s, p, o in said
        if (s, p) == (main, predicate)
    }
    if DCTERMS.publisher not in has and (publisher := publisher_of(value)):
        yield main, DCTERMS.publisher, literal(publisher)
    if DCAT.contactPoint not in has and (contact := contact_of({**names, **value})):
        name, email = contact
        node = genid(place.site, DCAT.contactPoint, literal(name or ""), literal(email))
        yield from ((main, DCAT.contactPoint, node), (node, RDF.type, VCARD.Kind))
        yield node, VCARD.hasEmail, iri(f"mailto:{email}")
        if name:
            yield node, VCARD.fn, literal(name)


_AGENTS = {"maintainer": DCTERMS.publisher, "author": DCTERMS.creator}


def _other_identifier(other: str, main: str, record: StoredRecord, place: Place) -> Iterator[Triple]:
    """What else identifies a record: a harvester takes the first dcterms:identifier that it finds, and compares it as text."""
    if not is_literal(other):
        yield main, ADMS.identifier, other
    elif literal_text(other) != record.id:
        node = genid(place.site, ADMS.identifier, other)
        yield from ((main, ADMS.identifier, node), (node, RDF.type, ADMS.Identifier), (node, SKOS.notation, other))


#: What a record says of another dataset, a harvester would take for one more: with less in it, and without a title all
#: datasets of the page are lost. If it is a record, its own page says what it is.
_RECORDS = {DCAT.Dataset, DCAT.DatasetSeries}
#: A page has one node that leads on: its own, whatever a record brings along.
_PAGING = {HYDRA.PartialCollectionView, HYDRA.PagedCollection}
