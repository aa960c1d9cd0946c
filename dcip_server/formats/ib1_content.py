"""The content block of an item of IB1's older lists: JSON-LD with an inline context, as triples.

Read here and not by a processor of JSON-LD, so that a block with one value that is no JSON-LD still says all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dcip_server.entities import Dataset, Json, Triple
from dcip_server.errors import RecordError
from dcip_server.formats import kinds, mapping
from dcip_server.formats.dcip import refuse
from dcip_server.formats.fields import DATASET_FIELDS
from dcip_server.formats.geometry import is_geojson
from dcip_server.formats.json_value import canonical_json, shown
from dcip_server.formats.mapping import LANGUAGE_TAG
from dcip_server.formats.plain_values import text_of
from dcip_server.formats.rdf.terms import iri, iri_text, is_absolute_iri, is_literal, is_web_iri, literal, literal_text
from dcip_server.namespaces import DCAT, DCTERMS, GEOJSON_DATATYPE
from dcip_server.protocol.entity_types import ENTITY_TYPES

#: The node that the block is about.
SUBJECT = "_:content"
#: The block's own name for it, which has had several prefixes.
STABLE_IDENTIFIER = "dataSetStableIdentifier"
#: What is said further down no field asks for.
_MOST_NESTING = 6


@dataclass(frozen=True, slots=True)
class InlineContext:
    """An inline context: ``names`` are what it declares, ``language`` is that of texts without one.

    ``languages`` has the language of texts under a name, ``None`` for none; texts under ``references`` are IRIs.
    """

    names: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    languages: dict[str, str | None] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, context: Json) -> InlineContext:
        """The context that a value of ``@context`` declares; of a list, a later part goes before an earlier one."""
        found = cls()
        for part in context if isinstance(context, list) else [context]:
            found = found._with(part) if isinstance(part, dict) else cls() if part is None else found
        return found

    def _with(self, part: Mapping[str, Json]) -> InlineContext:
        names, languages, references = dict(self.names), dict(self.languages), set(self.references)
        for name, meaning in part.items():
            stated = meaning if isinstance(meaning, dict) else {"@id": meaning}
            if isinstance(stated.get("@id"), str):
                names[name] = stated["@id"]
            if "@language" in stated:
                languages[name] = _tag(stated["@language"])
            if stated.get("@type") in ("@id", "@vocab"):
                references.add(name)
        language = _tag(part["@language"]) if "@language" in part else self.language
        return InlineContext(names, language, languages, references)

    def resolve(self, key: str) -> str:
        """The IRI that a key stands for; the key itself where nothing declares it."""
        key = self.names.get(key, key)
        if ":" in key:
            return self.expand(key)
        return key if key.startswith("@") else self.names.get("@vocab", "") + key

    def expand(self, reference: str) -> str:
        """An IRI that may be written with a prefix."""
        prefix, colon, rest = reference.partition(":")
        is_prefixed = colon and prefix in self.names and not rest.startswith("//")
        return self.names[prefix] + rest if is_prefixed else reference


def _tag(value: Json) -> str | None:
    """A language tag as RDF has it; ``None`` for what is none."""
    is_tag = isinstance(value, str) and LANGUAGE_TAG.fullmatch(value)
    return str(value).replace("_", "-").lower() if is_tag else None


def context_of(content: Mapping[str, Json]) -> InlineContext:
    """The block's context. Raises :class:`RecordError` for one that would have to be fetched."""
    context = content.get("@context")
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, str):
            raise RecordError(f"remote JSON-LD context <{part}> is not fetched; put the context into the file")
    return InlineContext.of(context)


def identify(content: Mapping[str, Json], context: InlineContext) -> dict[str, Json]:
    """``id`` and ``uri`` of a block, as far as it has them: its IRI is both, else its own identifier is the id.

    Raises :class:`RecordError` for an identifier that is none.
    """
    said: dict[str, Json] = {}
    for key, value in content.items():
        is_own = key.rpartition(":")[2] == STABLE_IDENTIFIER
        name = STABLE_IDENTIFIER if is_own else context.resolve(key)
        said.setdefault(name, value if name == "@id" else plain(value))
    stated = said.get("@id")
    if isinstance(stated, str):
        if is_web_iri(own := context.expand(stated)):
            return {"id": own, "uri": own}
    elif said.pop("@id", None) not in (None, [], {}) and not mapping.take(dict(said), _ID_ROW):
        refuse("@id", stated, _DUE_ID)
    record = mapping.take(dict(said), _ID_ROW)
    mapping.check_required(said, record, _ID_ROW)
    return record


def remark_on_id(content: Mapping[str, Json], context: InlineContext) -> tuple[str, ...]:
    """What is to be said of a block whose ``@id`` is none, but that has an id."""
    stated = next((value for key, value in content.items() if context.resolve(key) == "@id"), None)
    record = identify(content, context)
    if "uri" in record or stated in (None, "", [], {}):
        return ()
    return (f"@id: {_DUE_ID} is due, got {shown(stated)}; the record's id is {record['id']!r}",)


_DUE_ID = "an http IRI"
_ID_ROW = (mapping.Row("id", (STABLE_IDENTIFIER, iri_text(DCTERMS.identifier), "@id"), mapping.ID),)


def entity_type(content: Mapping[str, Json], context: InlineContext) -> str | None:
    """The type of record that ``@type`` says, if that is not a dataset. Raises :class:`RecordError` where it says that it is no record."""
    stated = next((value for key, value in content.items() if context.resolve(key) == "@type"), None)
    types = {iri(context.resolve(name)) for name in values(stated, context) if isinstance(name, str) and name}
    rows = [row for row in ENTITY_TYPES.values() if row.rdf_class in types]
    if not rows and (catalog := next((rdf_class for rdf_class in _OF_CATALOGS if rdf_class in types), None)):
        due = "dcat:Dataset, dcat:DataService or dcat:DatasetSeries is due"
        raise RecordError(f"@type: {iri_text(catalog)} is no record; {due}")
    return rows[0].name if rows and rows[0].name != Dataset.entity_type else None


#: What describes a catalog around records.
_OF_CATALOGS = (DCAT.Catalog, DCAT.CatalogRecord)


def plain(value: Json) -> Json:
    """The value itself, or the first that a list, a set or a value object holds."""
    while isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        for name in ("@value", "@set", "@list"):
            if name in value:
                return plain(value[name])
    return value


def triples(content: Mapping[str, Json], context: InlineContext) -> Iterator[Triple]:
    """What a block says of :data:`SUBJECT`. Of a property that leads somewhere an address is an IRI, however it is written."""
    return _triples(SUBJECT, content, context, _MOST_NESTING)


def _triples(node: str, said: Mapping[str, Json], context: InlineContext, depth: int) -> Iterator[Triple]:
    for number, (key, value) in enumerate(said.items()):
        if not is_absolute_iri(predicate := context.resolve(key)):
            continue
        predicate = iri(predicate)
        for position, item in enumerate(values(value, context)):
            if found := term(key, item, context):
                is_address = predicate in _LEADING and is_literal(found) and is_web_iri(literal_text(found))
                yield node, predicate, iri(literal_text(found)) if is_address else found
            elif depth and isinstance(item, dict) and "@value" not in item:
                below = f"{node}-{number}-{position}"
                yield node, predicate, below
                yield from _triples(below, item, context, depth - 1)


_LEADING = frozenset(
    predicate
    for field in DATASET_FIELDS
    if field.kind not in (kinds.TEXT, kinds.KEYWORDS, kinds.DATE)
    for predicate in field.predicates
)


def values(value: Json, context: InlineContext) -> Iterator[Json]:
    """Each value that stands under a key by itself: lists, sets and texts by language hold several."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict) and (inside := _inside(item, context)) is not None:
            waiting += reversed(inside)
        else:
            yield item


def _inside(value: Mapping[str, Json], context: InlineContext) -> list[Json] | None:
    """What a set, a list or texts by language hold; ``None`` for any other object."""
    for name in ("@set", "@list"):
        if name in value:
            return [value[name]]
    if not value or not all(_is_tag(name, context) and _is_texts(said) for name, said in value.items()):
        return None
    return [
        {"@value": text, "@language": None if tag == "@none" else tag}
        for tag, said in value.items()
        for text in (said if isinstance(said, list) else [said])
    ]


def _is_tag(name: str, context: InlineContext) -> bool:
    return name == "@none" or (LANGUAGE_TAG.fullmatch(name) is not None and name not in context.names)


def _is_texts(value: Json) -> bool:
    return all(isinstance(text, str | None) for text in (value if isinstance(value, list) else [value]))


def term(key: str, value: Json, context: InlineContext) -> str:
    """A reference or a text under a key; ``""`` for what is neither."""
    language = context.languages.get(key, context.language)
    if isinstance(value, dict):
        if is_geojson(value):
            return literal(canonical_json(value), GEOJSON_DATATYPE)
        if isinstance(reference := value.get("@id"), str):
            return _reference(reference, context)
        language, value = _tag(value.get("@language")), value.get("@value")
    elif isinstance(value, str) and key in context.references:
        return _reference(value, context)
    if value is None or isinstance(value, dict | list):
        return ""
    return literal(text_of(value)) + (f"@{language}" if language and isinstance(value, str) else "")


def _reference(text: str, context: InlineContext) -> str:
    expanded = context.expand(text)
    return iri(expanded) if is_absolute_iri(expanded) else literal(text)
