"""The vocabularies that IB1 files use: terms, prefixes, aliases, and how a term is written in a message."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

import pyoxigraph

from dcip_server.formats.rdf.parse import NO_BASE
from dcip_server.formats.rdf.terms import iri_text, is_blank, is_iri, literal_text
from dcip_server.namespaces import ADMS, DCAT, DCTERMS, IB1, RDF

#: Other namespaces of the same terms, with the profiles that read them (IB1-C-13, K-05).
ALIASES = {"https://registry.core.trust.ib1.org/ns/1.0#": "OM", "http://ib1.org/terms/": "M"}

_DCAT = (
    "Catalog CatalogRecord Dataset DatasetSeries DataService DataSeries Distribution Relationship Resource Role "
    "accessService accessURL bbox byteSize catalog centroid compressFormat contactPoint dataset distribution "
    "downloadURL endDate endpointDescription endpointURL first hadRole hasCurrentVersion hasVersion inCatalog inSeries "
    "isVersionOf keyword landingPage last mediaType next nextVersion packageFormat prev previousVersion "
    "qualifiedRelation record resource servesDataset service seriesMember spatialResolutionInMeters startDate "
    "temporalResolution theme themeTaxonomy version versionNotes media_type"
)
_DCTERMS = (
    "abstract accessRights accrualMethod accrualPeriodicity accrualPolicy alternative audience available "
    "bibliographicCitation conformsTo contributor coverage created creator date dateAccepted dateCopyrighted "
    "dateSubmitted description educationLevel extent format hasFormat hasPart hasVersion identifier instructionalMethod "
    "isFormatOf isPartOf isReferencedBy isReplacedBy isRequiredBy issued isVersionOf language license mediator medium "
    "modified provenance publisher references relation replaces requires rights rightsHolder source spatial subject "
    "tableOfContents temporal title type valid"
)
_IB1 = (
    "trustFramework scheme sensitivityClass datasetAssurance dataSchema heartbeatDescription oauthIssuer "
    "roleRequiredToPublish roleRequiredToAccess requiredType requiredMetadata requireAllAndAllowAdditional "
    "requireAnyOneOf requireAnyValue requireAbsenceOf dataSetStableIdentifier policyPurpose SchemeCatalogRequirements "
    "RequiredMetadata"
)
_TERMS = {DCAT: _DCAT.split(), DCTERMS: _DCTERMS.split(), IB1: _IB1.split()}
_PREFIXES = (DCAT, DCTERMS, IB1, ADMS, RDF)
#: Spellings that are read but never suggested.
_NOT_SUGGESTED = {"media_type", "versionNotes", "DataSeries"}

DATASET, SERVICE, SERIES = DCAT.Dataset, DCAT.DataService, DCAT.DatasetSeries
#: What dcat:DataSeries is read as (IB1-E-05).
SERIES_ALIAS = DCAT.DataSeries


@lru_cache(4096)
def misspelt(predicate: str) -> str | None:
    """For a predicate of a known namespace that is no term there, the nearest term or ``""``; else ``None``."""
    for namespace, names in _TERMS.items():
        if predicate.startswith(f"<{namespace.iri}"):
            name = predicate[len(namespace.iri) + 1 : -1]
            if name in names:
                return None
            near = get_close_matches(name, [known for known in names if known not in _NOT_SUGGESTED], 1, 0.6)
            return f"{namespace.prefix}:{near[0]}" if near else ""
    return None


@lru_cache(4096)
def short(term: str) -> str:
    """A term as ``prefix:name`` where its namespace is known, else ``<IRI>``; a literal as its text."""
    for namespace in _PREFIXES:
        if term.startswith(f"<{namespace.iri}"):
            return f"{namespace.prefix}:{term[len(namespace.iri) + 1 : -1]}"
    return plain(term) if not is_iri(term) else f"<{plain(term)}>"


def plain(term: str) -> str:
    """The text of a term: an IRI as it is written, a literal's text, a blank node's label."""
    if is_iri(term):
        return iri_text(term).removeprefix(NO_BASE)
    return term if is_blank(term) else literal_text(term)


_MIME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_!#$&^.+-]*/[A-Za-z0-9][A-Za-z0-9_!#$&^.+-]*")
_REGISTERED = re.compile(r"https?://www\.iana\.org/assignments/media-types/")


def is_media_type(text: str) -> bool:
    """Whether a text is ``type/subtype``."""
    return _MIME.fullmatch(text) is not None


def media_type(term: str) -> str:
    """A dcat:mediaType as ``type/subtype`` in lower case without parameters, ``""`` where it is none."""
    text = plain(term)
    if is_iri(term):
        found = _REGISTERED.match(text)
        text = text[found.end() :] if found else ""
    text = text.partition(";")[0].strip().lower()
    return text if is_media_type(text) else ""


_HTTP = re.compile(r"https?://[^/?#]", re.IGNORECASE)


def is_http(term: str) -> bool:
    """Whether a term is an absolute http(s) IRI with a host (valid or not otherwise: that is IB1-C-03)."""
    return is_iri(term) and is_http_text(plain(term))


def is_http_text(text: str) -> bool:
    """Whether a text begins as an absolute http(s) URL with a host."""
    return _HTTP.match(text) is not None


_ILLEGAL = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f]|%(?![0-9A-Fa-f]{2})')


@lru_cache(16384)
def is_valid_iri(text: str) -> bool:
    """Whether a text is a valid IRI, relative ones resolved."""
    if _ILLEGAL.search(text):
        return False
    try:
        pyoxigraph.NamedNode(text)
    except ValueError:
        return False
    return True


#: What the IRI of a class may look like when it is meant to be one of DCAT's (IB1-F-12).
_LIKE_DCAT = re.compile(
    r"https?://www\.w3\.org/(?:ns/dcat[#/]?|tr/vocab-dcat(?:-[123])?/#?)(?:dataset|dataservice|datasetseries|dataseries)"
    r"|https?://(?:www\.)?schema\.org/dataset|http://rdfs\.org/ns/void#dataset"
)


def resembles_entry_class(rdf_class: str) -> bool:
    """Whether a class is not one of DCAT's but looks like Dataset, DataService or DatasetSeries."""
    if rdf_class in (DATASET, SERVICE, SERIES, SERIES_ALIAS) or not is_iri(rdf_class):
        return False
    return _LIKE_DCAT.fullmatch(plain(rdf_class).lower()) is not None
