"""Which classes, properties and prefixes a file uses (rules F-11 to F-14 and C-13)."""

from __future__ import annotations

from dcip_server.namespaces import IB1, RDF
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import misspelt, plain, short


def check_classes(c: Checking) -> None:
    """F-11 and F-12: there are entries, of DCAT's own classes."""
    if not c.entries:
        c.find("IB1-F-11", c.file, RDF.type, "There is no dcat:Dataset or dcat:DataService in the file.")
    for entry in c.lookalikes:
        classes = ", ".join(sorted(map(short, c.types(entry))))
        c.find("IB1-F-12", entry, RDF.type, f"The type {classes} is not dcat:Dataset or dcat:DataService.", classes)


def check_properties(c: Checking) -> None:
    """F-13: no property that a vocabulary does not have."""
    for subject, said in c.by_subject.items():
        for predicate in said:
            near = misspelt(predicate)
            if near is not None:
                hint = f"; did you mean {near}?" if near else "."
                c.find("IB1-F-13", subject, predicate, f"{short(predicate)} is not a term{hint}")


def check_prefixes(c: Checking) -> None:
    """F-14 and C-13: declared prefixes, and the Registry's own namespace for ib1."""
    for node, key in c.parsed.undeclared:
        said = f"The prefix {key.partition(':')[0]!r} is not declared in @context."
        c.find("IB1-F-14", node or c.file, key, said)
    for node, term in c.parsed.aliased.items():
        said = f"Use <{IB1.iri}> as the namespace of ib1, not that of <{plain(term)}>."
        c.find("IB1-C-13", node, term, said, term)
