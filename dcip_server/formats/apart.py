"""A record whose IRI stands for another record of the catalog, under an IRI of its own.

Harvesters know a dataset by its IRI, and take what two records say of one for one dataset.
"""

from __future__ import annotations

from collections.abc import Iterable

from dcip_server.entities import Triple
from dcip_server.formats.dcat_ap import genid
from dcip_server.formats.rdf.terms import is_iri
from dcip_server.namespaces import DCAT, FOAF, OWL
from dcip_server.protocol.urls import Place


def set_apart(said: Iterable[Triple], main: str, own: str, place: Place) -> list[Triple]:
    """The record's triples with ``own`` for its IRI, which is said to be the same as the source's.

    Its distributions, and the catalog records about it, get IRIs of their own, too, since the other record may have the same.
    An address that is the IRI (its landing page, for example) stays.
    """
    triples = list(said)
    names = {main: own}
    for s, p, o in triples:
        node = o if (s, p) == (main, DCAT.distribution) else s if (p, o) == (FOAF.primaryTopic, main) else ""
        # Those that the catalog has named are the record's own.
        if node and is_iri(node) and not node.startswith(f"<{place.endpoint}/"):
            names[node] = genid(place.site, own, node)
    kept = [(new, OWL.sameAs, old) for old, new in names.items()]
    kept += ((names.get(s, s), p, names.get(o, o) if p in _OF_THE_RECORD else o) for s, p, o in triples)
    return kept


_OF_THE_RECORD = {FOAF.primaryTopic, DCAT.distribution}
