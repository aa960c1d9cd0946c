"""What a graph says of things that are no records, for the notes of an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dcip_server.formats.item import Item
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import iri_text, is_iri
from dcip_server.namespaces import DCAT, RDF

#: What a note names of many.
_NAMED = 3
_LONGEST_IRI = 200
_CLASSES = (DCAT.Dataset, DCAT.DataService, DCAT.DatasetSeries)
_BY_NAME = {iri_text(rdf_class).rpartition("#")[2].lower(): rdf_class for rdf_class in _CLASSES}
_LOCAL_NAME = re.compile(r"[^#/:]*$")


@dataclass(slots=True)
class _Nodes:
    """Nodes by number, of which the first IRIs are named: in the order of the alphabet, since a graph has none."""

    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, node: str) -> None:
        self.count += 1
        if is_iri(node):
            self.named = sorted((*self.named, iri_text(node)))[:_NAMED]

    def __str__(self) -> str:
        if not self.named:
            return "1 blank node" if self.count == 1 else f"{self.count} blank nodes"
        more = self.count - len(self.named)
        return ", ".join(name[:_LONGEST_IRI] for name in self.named) + (f" and {more} more" if more else "")


def left_out(graph: Graph) -> Iterator[Item]:
    """What is to be said when all records are read: how much describes none, of what, and which classes look as if they were meant."""
    triples = 0
    nodes = _Nodes()
    meant: dict[tuple[str, str], _Nodes] = {}
    for node, said in graph.left():
        nodes.add(node)
        triples += sum(map(len, said.values()))
        for rdf_class in said.get(RDF.type, ()):
            if due := _meant(rdf_class):
                meant.setdefault((iri_text(rdf_class), iri_text(due)), _Nodes()).add(node)
    if nodes.count:
        names = f": {nodes}" if nodes.named else ""
        text = f"left out, since they describe no record: {triples} triples about {nodes.count} other nodes{names}"
        yield Item(place="", remarks=(text,))
    for (written, due), those in sorted(meant.items()):
        text = f"no record, since {written[:_LONGEST_IRI]} is not a class of records ({due} is): {those}"
        yield Item(place="", remarks=(text,))


def _meant(rdf_class: str) -> str | None:
    """The class of records that has this one's name but for capitals, in whatever vocabulary that is."""
    if not is_iri(rdf_class) or rdf_class in _CLASSES:
        return None
    found = _LOCAL_NAME.search(iri_text(rdf_class))
    return _BY_NAME.get(found[0].lower()) if found else None
