"""The keys under which a record is found: by its attributes' values, by its IRI, and by the IRIs that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dcip_server.formats.ckan_package import groups_of, organization_of
from dcip_server.protocol.entity_types import DATASET, ENTITY_TYPES
from dcip_server.store.keys import attribute_key, iri_key

#: Looked up by the site's pages, not at the endpoint: the series that a dataset is in, the datasets that a service gives.
_LINKS = ("in_series", "serves_dataset")


def look_ups(entity_type: str, value: Mapping[str, Any], iri: str | None) -> bytes:
    """The look-up keys of a record, one after the other, from its JSON (surface 6) and its IRI, where it has one."""
    return b"".join(_look_up_keys(entity_type, value, iri))


def _look_up_keys(entity_type: str, value: Mapping[str, Any], iri: str | None) -> set[bytes]:
    keys = {iri_key(entity_type, iri)} if iri else set()
    for attribute in (*ENTITY_TYPES[entity_type].attributes, *_LINKS):
        for text in _texts(value, attribute):
            keys.add(attribute_key(entity_type, attribute, text))
    return keys | _memberships(value) if entity_type == DATASET.name else keys


def iri_keys(iri: str) -> list[bytes]:
    """The keys under which records with an IRI are found, of each entity type."""
    return [iri_key(entity_type, iri) for entity_type in ENTITY_TYPES]


def attribute_values(entity_type: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Attributes of a record that the endpoint looks up, each with one of its values."""
    for attribute in ENTITY_TYPES[entity_type].attributes:
        for text in _texts(value, attribute):
            yield attribute, text


def _texts(value: Mapping[str, Any], attribute: str) -> list[str]:
    if attribute == "format":
        found = [resource.get("format") for resource in value.get("resources", [])]
    else:
        found = value.get(attribute, [])
        if isinstance(found, str):
            return [found]
    return [text for text in (found if isinstance(found, list) else [found]) if isinstance(text, str)]


def _memberships(value: Mapping[str, Any]) -> set[bytes]:
    """Under the id and the name of its organization and its groups, as CKAN's harvesters ask for them."""
    organization = organization_of(value)
    found = [("organization", text) for text in (organization["id"], organization["name"])] if organization else []
    found += (("group", text) for group in groups_of(value) for text in (group["id"], group["name"]))
    return {attribute_key(DATASET.name, attribute, text) for attribute, text in found if isinstance(text, str)}
