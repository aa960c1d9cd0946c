"""What no shape can say of an entry: what its Member, its Scheme and other files decide, and the text of its values."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dcip_server.addresses import is_public_url
from dcip_server.formats.rdf.terms import is_iri, is_literal, literal_text
from dcip_server.namespaces import DCAT, DCTERMS, IB1
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import is_http, is_valid_iri, media_type, plain, short

#: Longest literal, in characters.
_MAX_LITERAL = 64_000
#: Properties whose values are fetched, or listed for download.
_FETCHED = {
    DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, IB1.dataSchema, IB1.heartbeatDescription,
    DCTERMS.conformsTo,
}  # fmt: skip
_MEMBER = re.compile(r"https://directory\.[^/]+/(?:member|m)/[^/]+$")


def check_values(c: Checking, entry: str) -> None:
    """C-03, F-10 and H-10: all that is said of an entry and of what belongs to it."""
    is_series = entry in c.series
    for node in c.described(entry):
        # The identifier of an item in the legacy form is below the file's URL, which may not be known.
        if is_iri(node) and not node.startswith("<#") and not is_valid_iri(node[1:-1]):
            c.find("IB1-C-03", node, "", f"Not a valid IRI: {plain(node)!r}.", node, entry=entry)
        for predicate, values in c.objects(node).items():
            for term in (predicate, *values):
                if is_iri(term):
                    if not is_valid_iri(term[1:-1]):
                        said = f"{short(predicate)} is not a valid IRI: {plain(term)!r}."
                        c.find("IB1-C-03", node, predicate, said, term, entry=entry)
                    elif predicate in _FETCHED and not is_series and is_http(term) and not is_public_url(plain(term)):
                        said = f"{short(predicate)} <{plain(term)}> is not a public address."
                        c.find("IB1-H-10", node, predicate, said, term, entry=entry)
                elif len(term) > _MAX_LITERAL and is_literal(term) and len(literal_text(term)) > _MAX_LITERAL:
                    said = f"The value of {short(predicate)} is too long; at most 64,000 characters are allowed."
                    c.find("IB1-F-10", node, predicate, said, literal_text(term), entry=entry)


def check_publisher(c: Checking, entry: str) -> None:
    """C-06: a publisher is the Member; text in its place is C-14's."""
    everyone = c.values(entry, DCTERMS.publisher)
    publishers = [value for value in everyone if not is_literal(value)]
    member = c.context.member
    if not everyone:
        if c.profile == "O":
            said = "dcterms:publisher is missing; give the Member's URL."
            c.find("IB1-C-06", entry, DCTERMS.publisher, said)
    elif publishers and member and f"<{member}>" not in publishers:
        said = f"No dcterms:publisher equals the Member URL <{member}>."
        c.find("IB1-C-06", entry, DCTERMS.publisher, said, publishers[0])
    elif publishers and not member and c.profile == "O" and not any(_MEMBER.match(plain(v)) for v in publishers):
        said = "No dcterms:publisher looks like a Member's URL in a Directory."
        c.find("IB1-C-06", entry, DCTERMS.publisher, said, publishers[0], severity="W")


def check_scheme(c: Checking, entry: str) -> None:
    """C-08 and C-09: a Scheme that the Member joined, of the trust framework that is named."""
    schemes = [value for value in c.values(entry, IB1.scheme) if is_http(value)]
    frameworks = [value for value in c.values(entry, IB1.trustFramework) if is_http(value)]
    if len(schemes) != 1:
        return
    (scheme,) = map(plain, schemes)
    if c.context.schemes is not None and scheme not in c.context.schemes:
        c.find("IB1-C-08", entry, IB1.scheme, f"The Member has not joined <{scheme}> (ib1:scheme).", scheme)
    if len(frameworks) == 1 and _origin(scheme) != _origin(plain(frameworks[0])):
        said = "ib1:scheme and ib1:trustFramework are not of the same origin."
        c.find("IB1-C-09", entry, IB1.scheme, said, scheme)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.scheme.lower(), parts.netloc.lower()


def check_media_types(c: Checking, entry: str) -> None:
    """T-04, where dcat:mediaType and its misspelling say different things."""
    for node in c.distributions(entry):
        both = [c.values(node, predicate) for predicate in (DCAT.mediaType, DCAT.media_type)]
        if len(both[0]) == len(both[1]) == 1 and media_type(both[0][0]) != media_type(both[1][0]):
            said = f"dcat:mediaType {plain(both[0][0])!r} and dcat:media_type {plain(both[1][0])!r} differ; give one."
            c.find("IB1-T-04", node, DCAT.mediaType, said, both[0][0], entry=entry)


def check_owner(c: Checking, entry: str) -> None:
    """V-04: no other registered file publishes the entry."""
    owner = c.context.owner_of(plain(entry))
    if owner and owner != c.context.file_url:
        c.find("IB1-V-04", entry, "", f"The entry is already published by <{owner}>.", owner)
