"""What Schemes publish: their trust framework (rule C-09) and their Catalog Requirements (rules Q)."""

from __future__ import annotations

from collections.abc import Mapping

from dcip_server.errors import SourceError
from dcip_server.formats.ib1_graph import CLASS_BASE
from dcip_server.formats.rdf.parse import parse_as_written
from dcip_server.formats.rdf.terms import is_iri
from dcip_server.namespaces import DCTERMS, IB1, RDF
from dcip_server.validation.context import Fetcher
from dcip_server.validation.ib1.checking import Checking, one_of
from dcip_server.validation.ib1.terms import ALIASES, plain, short

#: A document of a Scheme: what it says by subject.
_Said = Mapping[str, list[tuple[str, str]]]


def check_scheme_document(c: Checking, fetcher: Fetcher, entry: str, predicate: str, url: str) -> None:
    """C-09: the Scheme's own document names no other trust framework than the entry does."""
    body = c.document(fetcher, url, entry, predicate)
    said = {} if body is None else _read(body, url)
    named = {object for found, object in said.get(f"<{url}>", ()) if found == IB1.trustFramework and is_iri(object)}
    given = set(c.values(entry, IB1.trustFramework))
    if named and given and not named & given:
        wanted = one_of(sorted(named))
        message = f"The Scheme <{url}> is of the trust framework {wanted}, not of {one_of(sorted(given))} (ib1:scheme)."
        c.find("IB1-C-09", entry, predicate, message, url, severity="E")


def check_standard(c: Checking, fetcher: Fetcher, entry: str, predicate: str, url: str) -> None:
    """Q: a standard that is a Scheme Catalog Requirements Document; any other imposes nothing."""
    body = c.document(fetcher, url, entry, predicate)
    said = {} if body is None else _read(body, url)
    for subject, pairs in said.items():
        if (RDF.type, IB1.SchemeCatalogRequirements) in pairs:
            _check_requirements(c, entry, url, said, subject)


def _read(body: bytes, url: str) -> _Said:
    head = body[:200].lstrip()
    if head.startswith(b"<") and (b"<?xml" in head or b"<rdf" in head):
        serialisation = "rdfxml"
    else:
        serialisation = "jsonld" if head[:1] in (b"{", b"[") else "turtle"
    found: dict[str, list[tuple[str, str]]] = {}
    try:
        for subject, predicate, object in parse_as_written(body, serialisation, url):
            found.setdefault(subject, []).append((_canonical(predicate), _canonical(object)))
    except SourceError:
        return {}
    return found


def _canonical(term: str) -> str:
    for alias in ALIASES:
        if term.startswith(f"<{alias}"):
            return f"<{IB1.iri}{term[len(alias) + 1 :]}"
    return term


#: The rule that a modifier of a term stands for.
_MODIFIERS = {
    IB1.requireAllAndAllowAdditional: "IB1-Q-03", IB1.requireAnyOneOf: "IB1-Q-04", IB1.requireAnyValue: "IB1-Q-05",
    IB1.requireAbsenceOf: "IB1-Q-06",
}  # fmt: skip


def _check_requirements(c: Checking, entry: str, url: str, said: _Said, subject: str) -> None:
    """All that one requirements document wants of an entry."""
    types = [object for predicate, object in said[subject] if predicate == IB1.requiredType]
    nodes = [object for predicate, object in said[subject] if predicate == IB1.requiredMetadata]
    if len(types) != 1 or not nodes:
        message = f"<{url}> is an incomplete requirements document (dcterms:conformsTo)."
        c.find("IB1-Q-08", entry, DCTERMS.conformsTo, message, url)
    if types and not set(types) & c.types(entry):
        c.find("IB1-Q-01", entry, RDF.type, f"The standard <{url}> is for {', '.join(map(short, types))}.")
    required: dict[str, list[str]] = {}
    for node in nodes:
        for predicate, value in said.get(node, ()):
            if predicate != RDF.type:
                required.setdefault(predicate, []).append(value)
    rules = {object: rule for predicate, object in said[subject] if (rule := _MODIFIERS.get(predicate))}
    for term in dict.fromkeys([*required, *rules]):
        due = required.get(term, [])
        if term == IB1.dataSchema and due:
            _check_schema(c, entry, due)
        else:
            _check_term(c, entry, term, due, rules.get(term, "IB1-Q-02"))


def _check_schema(c: Checking, entry: str, due: list[str]) -> None:
    """Q-07: the schema is the standard's, on the dataset or, where it has none, on each distribution."""
    places = [entry] if c.values(entry, IB1.dataSchema) else c.distributions(entry) or [entry]
    if any(set(c.values(place, IB1.dataSchema)) != set(due) for place in places):
        message = f"ib1:dataSchema must be the schema of the standard: {one_of(due)}."
        c.find("IB1-Q-07", entry, IB1.dataSchema, message, *map(plain, c.values(entry, IB1.dataSchema)[:1]))


def _check_term(c: Checking, entry: str, term: str, due: list[str], rule: str) -> None:
    """Q-02 to Q-06: the values of one term."""
    wanted = {_comparable(term, value) for value in due}
    found = {_comparable(term, value) for value in c.values(entry, term)}
    holds, message = {
        "IB1-Q-02": (found == wanted, f"must be exactly {one_of(due)}"),
        "IB1-Q-03": (found >= wanted, f"lacks one of {one_of(due)}"),
        "IB1-Q-04": (len(found) == 1 and found <= wanted, f"must be exactly one of {one_of(due)}"),
        "IB1-Q-05": (bool(found), "must be present"),
        "IB1-Q-06": (not found, "must not be present"),
    }[rule]
    if not holds:
        value = next(iter(c.values(entry, term)), "")
        c.find(rule, entry, term, f"{short(term)} {message}.", value)


def _comparable(predicate: str, value: str) -> str:
    """A value for comparison: the forms of a sensitivity class are equal."""
    if predicate == IB1.sensitivityClass:
        return plain(value).removeprefix(CLASS_BASE).removeprefix(IB1.iri)
    return value
