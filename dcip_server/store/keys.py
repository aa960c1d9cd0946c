"""Digests that stand for ids, names and values in indexes: short whatever the value's length."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

#: How long each key is.
KEY_BYTES = 16


def record_key(entity: str, id: str | int) -> bytes:
    """The key of a record; 123 and "123" are one record (surface 4)."""
    return _key(entity, str(id))


# Remembered, since tags, licences, formats and publishers recur from record to record.
@lru_cache(maxsize=8192)
def attribute_key(entity: str, attribute: str, value: str) -> bytes:
    """The key under which records with that value of the attribute are found."""
    return _key(entity, attribute, value)


def iri_key(entity: str, iri: str) -> bytes:
    """The key under which records with that IRI are found, as one of an attribute that no entity type has."""
    # Not remembered: an IRI recurs in no other record, as a rule.
    return _key(entity, "iri", iri)


@lru_cache(maxsize=8192)
def facet_key(facet: str, value: str) -> bytes:
    """The key of a value that results are narrowed down to, whatever the entity type."""
    return _key(facet, value)


def source_key(name: str) -> bytes:
    """The key of a source."""
    return _key(name)


def _key(*parts: str) -> bytes:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]
