"""data.json: Project Open Data 1.1 and DCAT-US 3, and the DCIP 1.0-beta-3 JSON, which has the same names.

What no row below can say exactly is kept under ``pod``, in the dataset and in each resource.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json
from dcip_server.errors import RecordError
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import mapping
from dcip_server.formats.ckan_package import EMAIL
from dcip_server.formats.dcat_us_catalog import type_of
from dcip_server.formats.dcip import ENTITY_TYPE, parse_dataset, pruned
from dcip_server.formats.licenses import common, further_keys, known
from dcip_server.formats.mapping import Row, Shape, give, member, take
from dcip_server.formats.placeholders import is_placeholder
from dcip_server.formats.rdf.terms import is_web_iri

_AGENT = mapping.either(member("name", mapping.TEXT, {"@type": "org:Organization"}), mapping.TEXT, us3.AGENT)


def _address(mail: str) -> str:
    """The address in a text or a URI of one."""
    return re.sub("mailto:", "", mail, count=1, flags=re.IGNORECASE).strip()


def _read_contact(value: Json) -> Json | None:
    """Name and address; of a text whichever of them it is."""
    if text := mapping.STRING.read(value):
        address = _address(text)
        return {"email": address} if EMAIL.fullmatch(address) else {"name": text}
    if not isinstance(value, dict):
        return None
    mail = value.get("hasEmail")
    parts = {"name": value.get("fn"), "email": _address(mail) if isinstance(mail, str) else None}
    return {key: text for key, text in parts.items() if isinstance(text, str) and text.strip()} or None


def _write_contact(value: Json) -> Json:
    written = {"@type": "vcard:Contact"}
    if "name" in value:
        written["fn"] = value["name"]
    if "email" in value:
        written["hasEmail"] = f"mailto:{value['email']}"
    return written


def _read_references(value: Json) -> list[str] | None:
    """What names records, sorted: IRIs, else ids, of a list of texts, of ``{"@id": …}``, or of one such."""
    items = [_reference(item) if isinstance(item, dict) else item for item in us3.listed(value)]
    found = {item for item in items if isinstance(item, str) and item.strip() and not is_placeholder(item)}
    return sorted(found) if items and all(isinstance(item, str) and item in found for item in items) else None


def _reference(value: Mapping[str, Json]) -> str | None:
    stated = value.get("@id")
    return stated if isinstance(stated, str) and is_web_iri(stated) else us3.identifier_of(value)


def _read_license(value: Json) -> str | None:
    """A licence; of several the first that is known, else the first."""
    texts = [text for item in us3.listed(value) if (text := _ONE_LICENSE.read(item))]
    return next(filter(known, texts), None) or next(iter(texts), None)


_STANDARDS = mapping.either(mapping.TEXTS, us3.STANDARDS)
_ONE_LICENSE = mapping.either(mapping.TEXT, us3.LICENSE)
_URL = mapping.either(mapping.TEXT, us3.URL)
_LICENSE = Shape(_read_license, lambda value: value)
_REFERENCES = Shape(_read_references, lambda value: value)

DATASET_ROWS = (
    Row("id", ("identifier", "id", "@id", "uri"), mapping.either(mapping.ID, us3.IDENTIFIER)),
    Row("title", ("title",), mapping.TEXT),
    Row("license", ("license",), _LICENSE),
    Row("author", ("creator",), _AGENT),
    Row("maintainer", ("publisher",), _AGENT),
    Row("authors", ("creator",), us3.AGENTS),
    Row("publishers", ("publisher",), us3.AGENTS),
    Row("tags", ("keyword",), mapping.KEYWORDS),
    Row("spatial", ("spatial",), us3.PLACES),
    Row("places", ("spatial",), us3.PLACE_NAMES),
    Row("temporal", ("temporal",), mapping.either(us3.PERIODS, mapping.TEXT)),
    Row("version", ("version",), mapping.TEXT),
    Row("description", ("description",), mapping.TEXT),
    Row("landing_page", ("landingPage",), mapping.either(mapping.STRING, us3.DOCUMENT, mapping.TEXT)),
    Row("issued", ("issued",), mapping.DATE),
    Row("modified", ("modified",), mapping.DATE),
    Row("frequency", ("accrualPeriodicity",), mapping.TEXT),
    Row("languages", ("language",), mapping.TEXTS),
    Row("themes", ("theme",), mapping.either(mapping.TEXTS, us3.CONCEPTS)),
    Row("conforms_to", ("conformsTo",), _STANDARDS),
    Row("access_rights", ("accessLevel", "accessRights"), mapping.TEXT),
    Row("endpoint_url", ("endpointURL",), mapping.either(mapping.TEXT, us3.FIRST_TEXT)),
    Row("endpoint_description", ("endpointDescription",), mapping.either(mapping.TEXT, us3.FIRST_TEXT)),
    Row("serves_dataset", ("servesDataset",), _REFERENCES),
    Row("in_series", ("inSeries",), _REFERENCES),
    Row("members", ("seriesMember",), us3.MEMBERS),
    Row("version_notes", ("versionNotes",), mapping.TEXT),
    Row("contact_point", ("contactPoint",), us3.first(Shape(_read_contact, _write_contact))),
)
RESOURCE_ROWS = (
    Row("url", ("downloadURL", "accessURL"), _URL),
    Row("format", ("format",), mapping.TEXT),
    Row("size", ("byteSize",), mapping.SIZE),
    Row("title", ("title",), mapping.TEXT),
    Row("mimetype", ("mediaType",), us3.MEDIA_TYPE),
    Row("last_modified", ("modified",), mapping.TIME),
    Row("description", ("description",), mapping.TEXT),
    Row("license", ("license",), _LICENSE),
    Row("issued", ("issued",), mapping.DATE),
    Row("conforms_to", ("conformsTo",), _STANDARDS),
    Row("hash", ("checksum",), us3.CHECKSUM),
)
_ACCESS_ROW = (Row("access_url", ("accessURL",), _URL),)

_TRANSLATED = {"title": ("title",), "description": ("description",)}

#: A dataset has at least one of these, a record of the draft or a CKAN package none of them.
_MARKS = frozenset(("keyword", "distribution", "landingPage", "accessLevel", "contactPoint", "bureauCode"))
_MARKS_OF_BETA_3 = frozenset(("identifier", "uri"))
#: What only a catalog has: one whose list of datasets is missing is no dataset.
_MARKS_OF_A_CATALOG = frozenset(("themeTaxonomy", "homepage", "dataset"))


def is_record(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a dataset of data.json or of DCIP 1.0-beta-3, of which only this is mandatory."""
    is_beta3 = "id" not in value and _MARKS_OF_A_CATALOG.isdisjoint(value) and not _MARKS_OF_BETA_3.isdisjoint(value)
    return "resources" not in value and (is_beta3 or not _MARKS.isdisjoint(value))


def is_envelope(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a data.json document."""
    return "dataset" in value and "resources" not in value


def parse_record(value: Mapping[str, Json]) -> Dataset:
    """Read one dataset. Raises :class:`RecordError` naming the key, the value and what is due."""
    rest = dict(value)
    distributions = us3.listed(rest.pop("distribution", None))
    # One that is withheld, or named by its IRI alone, says nothing of a resource.
    if texts := [item for item in distributions if mapping.STRING.read(item)]:
        rest["distribution"] = texts
    record = take(rest, DATASET_ROWS) | mapping.translations(value, _TRANSLATED)
    entity_type = type_of(value)
    if entity_type != Dataset.entity_type:
        record[ENTITY_TYPE] = entity_type
    try:
        mapping.check_required(value, record, DATASET_ROWS)
        mapping.require_id(record, *DATASET_ROWS[0].names)
        described = [item for item in distributions if not isinstance(item, str)]
        record["resources"] = list(map(_resource, mapping.objects("distribution", described)))
    except RecordError as error:
        raise RecordError(str(error), record.get("id"), entity_type) from None
    if "license" not in record:
        record["license"] = common(resource.get("license") for resource in record["resources"])
    record |= further_keys(record["license"])
    record["pod"] = pruned(rest)
    own = next(filter(_is_own_iri, map(value.get, _OWN_IRI)), None)
    if own is None or own == record.get("id"):
        return parse_dataset(record)
    return replace(parse_dataset(record | {"uri": own}), iri=own)


#: JSON-LD's name for the subject, and DCIP 1.0-beta-3's; where the id is another, the record is still about that.
_OWN_IRI = ("@id", "uri")


def _is_own_iri(value: Json) -> bool:
    return isinstance(value, str) and is_web_iri(value) and not is_placeholder(value)


def _resource(rest: dict[str, Json]) -> dict[str, Json]:
    kind = "file" if _URL.read(rest.get("downloadURL")) else "link"
    record = {"resource_type": kind, **take(rest, RESOURCE_ROWS)}
    if kind == "file":
        record |= take(rest, _ACCESS_ROW)
    record["pod"] = pruned(rest)
    return record


def render_record(value: Mapping[str, Json]) -> dict[str, Json]:
    """The dataset of data.json that a served record is, by the same rows; what a source said itself goes before.

    ``value`` is the JSON object that is served, whatever it came from.
    """
    written = give(value, DATASET_ROWS)
    if written.get("license") == LICENSE_NOT_SPECIFIED:
        del written["license"]
    written["distribution"] = [plain_resource(resource) | source_says(resource) for resource in value["resources"]]
    return written | {term: item for term, item in source_says(value).items() if term != "distribution"}


def plain_resource(resource: Mapping[str, Json]) -> dict[str, Json]:
    """The distribution that the rows alone make of a served resource."""
    written = give(resource, RESOURCE_ROWS)
    # The row reads either name; what a URL is for tells which of them is meant.
    if str(resource["resource_type"]).startswith("file"):
        written |= give(resource, _ACCESS_ROW)
    elif "downloadURL" in written:
        written["accessURL"] = written.pop("downloadURL")
    return written


def source_says(value: Mapping[str, Json]) -> dict[str, Json]:
    """What a data.json says of the record or the resource that no row could write again; a text for a distribution, too."""
    said = value.get("pod")
    return said if isinstance(said, dict) else {}
