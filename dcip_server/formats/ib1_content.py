"""The content block of an item of IB1's older lists: JSON-LD with an inline context, as triples.

Read here and not by a processor of JSON-LD, so that a block with one value that is no JSON-LD still says all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from dcip_server.entities import Json, Triple
from dcip_server.errors import RecordError
from dcip_server.formats.mapping import LANGUAGE_TAG
from dcip_server.formats.rdf.terms import iri, is_absolute_iri, literal

#: The node that the block is about.
SUBJECT = "_:content"
#: The block's own name for it, which has had several prefixes.
STABLE_IDENTIFIER = "dataSetStableIdentifier"
#: What is said further down no field asks for.
_MOST_NESTING = 6


def meanings(context: Json) -> dict[str, str]:
    """The prefixes and names that an inline context declares, with what they stand for."""
    found: dict[str, str] = {}
    for part in context if isinstance(context, list) else [context]:
        for name, meaning in part.items() if isinstance(part, dict) else ():
            stated = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if isinstance(stated, str):
                found[name] = stated
    return found


def resolve(key: str, declared: Mapping[str, str]) -> str:
    """The IRI that a key stands for, by :func:`meanings`; the key itself where nothing declares it."""
    key = declared.get(key, key)
    prefix, colon, rest = key.partition(":")
    if colon:
        return declared[prefix] + rest if prefix in declared and not rest.startswith("//") else key
    return key if key.startswith("@") else declared.get("@vocab", "") + key


def resolved(content: Mapping[str, Json]) -> dict[str, Json]:
    """The block by IRI, but for its stable identifier.

    Raises :class:`RecordError` for a context that would have to be fetched.
    """
    context = content.get("@context")
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, str):
            raise RecordError(f"remote JSON-LD context <{part}> is not fetched; put the context into the file")
    declared = meanings(context)
    named: dict[str, Json] = {}
    for key, value in content.items():
        is_identifier = key.rpartition(":")[2] == STABLE_IDENTIFIER
        named[STABLE_IDENTIFIER if is_identifier else resolve(key, declared)] = _below(value, declared, _MOST_NESTING)
    return named


def _below(value: Json, declared: Mapping[str, str], depth: int) -> Json:
    if not isinstance(value, list | dict):
        return value
    if not depth:
        return None
    if isinstance(value, list):
        return [_below(item, declared, depth - 1) for item in value]
    if value and all(map(LANGUAGE_TAG.fullmatch, value)):
        return [{"@value": text, "@language": tag} for tag, text in value.items()]
    return {resolve(key, declared): _below(item, declared, depth - 1) for key, item in value.items()}


def triples(named: Mapping[str, Json]) -> Iterator[Triple]:
    """What a block by IRI says of :data:`SUBJECT`."""
    return _triples(SUBJECT, named)


def _triples(node: str, said: Mapping[str, Json]) -> Iterator[Triple]:
    for number, (key, value) in enumerate(said.items()):
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            if not is_absolute_iri(key):
                continue
            if term := _term(item):
                yield node, iri(key), term
            elif isinstance(item, dict) and "@value" not in item:
                below = f"{node}-{number}-{position}"
                yield node, iri(key), below
                yield from _triples(below, item)


def _term(value: Json) -> str:
    """A reference or a text; ``""`` for what is neither."""
    tag = ""
    if isinstance(value, dict):
        if isinstance(reference := value.get("@id"), str):
            return iri(reference) if is_absolute_iri(reference) else literal(reference)
        language, value = value.get("@language"), value.get("@value")
        if isinstance(language, str) and LANGUAGE_TAG.fullmatch(language):
            tag = "@" + language.replace("_", "-").lower()
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = json.dumps(value)
    return literal(value) + tag if isinstance(value, str) else ""
