"""Who made the data, who publishes them and whom to ask about them, in RDF: kinds of values beside those in ``kinds.py``."""

from __future__ import annotations

import re

from dcip_server.entities import Json
from dcip_server.formats.json_value import canonical_json
from dcip_server.formats.kinds import Kind, is_sorted_texts, is_text, preferred, read_link, read_texts
from dcip_server.formats.rdf.graph import Graph
from dcip_server.formats.rdf.terms import iri, is_absolute_iri, is_literal, is_web_iri, literal, literal_text
from dcip_server.formats.rdf.write import Object, Said
from dcip_server.namespaces import FOAF, RDF, VCARD


def _agent(name: str) -> Object:
    """A text is the name of an agent; an address is the agent's own."""
    return iri(name) if is_web_iri(name) else {RDF.type: [FOAF.Agent], FOAF.name: [literal(name)]}


def _write_one(value: Json) -> list[Object]:
    return [_agent(value)]


def _write_each(value: Json) -> list[Object]:
    return [_agent(name) for name in sorted(set(value))]


def _read_names(objects: list[str], graph: Graph) -> Json | None:
    return "; ".join(read_texts(objects, graph) or ()) or None


def _read_several(objects: list[str], graph: Graph) -> Json | None:
    names = read_texts(objects, graph) or []
    return names if len(names) > 1 else None


def _is_list_of_names(value: Json) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _is_exact(value: Json) -> bool:
    return len(value) > 1 and is_sorted_texts(value) and not any(map(is_web_iri, value))


def _is_contact(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and set(value) <= {"name", "email", "url"}
        and all(map(is_text, value.values()))
        and is_absolute_iri("mailto:" + value.get("email", "x"))
        and not value.get("email", "").lower().startswith("mailto:")
        and is_web_iri(value.get("url", "http://x"))
    )


def _write_contact(value: Json) -> list[Object]:
    contact: Said = {RDF.type: [VCARD.Kind]}
    if "name" in value:
        contact[VCARD.fn] = [literal(value["name"])]
    if "email" in value:
        contact[VCARD.hasEmail] = [iri("mailto:" + value["email"])]
    if "url" in value:
        contact[VCARD.hasURL] = [iri(value["url"])]
    return [contact]


def _read_contact(objects: list[str], graph: Graph) -> Json | None:
    contacts = []
    for term in objects:
        if is_literal(term):
            contacts.append({"name": literal_text(term)})
            continue
        mail = read_link(graph.objects(term, VCARD.hasEmail, VCARD.email, FOAF.mbox), graph)
        contact = {
            "name": preferred(graph.objects(term, VCARD.fn, VCARD["organization-name"], FOAF.name)),
            "email": re.sub("^mailto:", "", mail, flags=re.IGNORECASE) if mail else None,
            "url": read_link(graph.objects(term, VCARD.hasURL), graph),
        }
        contacts.append({key: text for key, text in contact.items() if text and text.strip()})
    return min(filter(None, contacts), key=canonical_json, default=None)


def is_named_among(text: Json, names: list[str]) -> bool:
    """Whether a text is one of the names, or all of them in one."""
    return text in (*names, "; ".join(names), "; ".join(sorted(names)))


#: One text for all agents. An address is read by its name where a graph has one; so it is kept beside.
AGENT = Kind(is_text, _write_one, _read_names, exact=lambda value: not is_web_iri(value), recurs=True)
#: Several agents, each by himself.
AGENTS = Kind(_is_list_of_names, _write_each, _read_several, _is_exact)
CONTACT = Kind(_is_contact, _write_contact, _read_contact)
