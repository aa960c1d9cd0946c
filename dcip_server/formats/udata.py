"""udata's JSON: a dataset of its API, pages of its lists, arrays, and what ``udata import-fixtures`` reads.

What no row below can say exactly is kept under ``udata``, in the dataset and in each resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError
from dcip_server.formats import mapping, periods
from dcip_server.formats.dcip import parse_dataset, pruned, refuse
from dcip_server.formats.frequencies import EU_FREQUENCIES
from dcip_server.formats.licenses import further_keys, known
from dcip_server.formats.mapping import Row, Shape, member, take


def _read_interval(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    start, end = value.get("start") or "", value.get("end") or ""
    return periods.interval(start, end) if isinstance(start, str) and isinstance(end, str) else None


def _write_interval(value: Json) -> Json:
    start, end = periods.ends(value) or (None, None)
    return {"start": start or None, "end": end or None}


def _read_checksum(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    kind, digest = value.get("type"), value.get("value")
    return f"{kind}:{digest}" if isinstance(kind, str) and isinstance(digest, str) and kind and digest else None


def _write_checksum(value: Json) -> Json:
    kind, _, digest = value.partition(":")
    return {"type": kind, "value": digest}


def _read_contact(value: Json) -> Json | None:
    """Who answers questions: the first contact point that is there for that, and not as creator or publisher."""
    points = [point for point in value if isinstance(point, dict)] if isinstance(value, list) else []
    point = next((point for point in points if point.get("role") in (None, "contact")), {})
    parts = {key: mapping.STRING.read(point.get(name)) for key, name in _CONTACT.items()}
    return {key: text for key, text in parts.items() if text} or None


def _write_contact(value: Json) -> Json:
    return [{name: value[key] for key, name in _CONTACT.items() if key in value}]


_CONTACT = {"name": "name", "email": "email", "url": "contact_form"}


def _read_person(value: Json) -> str | None:
    """First and last name, of which one may be missing."""
    names = [mapping.STRING.read(value.get(name)) for name in _NAMES] if isinstance(value, dict) else []
    return " ".join(name.strip() for name in names if name) or None


_NAMES = ("first_name", "last_name")


def _in_full(*names: str, is_known: Callable[[str], bool]) -> Shape:
    """The shape of a text, for which the API gives an object when it is asked for full ones: of those of its members that are named here
    the first that is known, else the first.
    """

    def read(value: Json) -> str | None:
        if not isinstance(value, dict) or value.keys().isdisjoint(names):
            return mapping.TEXT.read(value)
        texts = [text for name in names if (text := mapping.TEXT.read(value.get(name)))]
        return next(filter(is_known, texts), next(iter(texts), None))

    return Shape(read, mapping.TEXT.write)


#: A time of the data: one without a zone stays without.
_TIME_OF_DATA = Shape(
    lambda value: mapping.DATE.read(value) if mapping.TIME.read(value) else None,
    mapping.DATE.write,
    mapping.TIME.same,
)


def _of_source(name: str) -> Shape:
    """The shape of a time that a portal has from the catalog it harvested: what nobody can read is still what that one says."""
    return member(name, mapping.DATE)


#: udata says what a resource is for; the draft's word for the data itself is "file".
_PURPOSES = {
    "main": "file", "update": "update", "api": "api", "documentation": "documentation", "code": "code", "other": "other",
}  # fmt: skip

DATASET_ROWS = (
    Row("id", ("id",), mapping.ID),
    Row("title", ("title",), mapping.TEXT),
    Row("license", ("license",), _in_full("id", "title", "url", is_known=lambda text: known(text) is not None)),
    Row("name", ("slug",), mapping.TEXT),
    Row("author", ("owner",), Shape(_read_person, lambda value: {_NAMES[-1]: value})),
    Row("maintainer", ("organization",), member("name", mapping.TEXT)),
    Row("tags", ("tags",), mapping.KEYWORDS),
    Row("spatial", ("spatial",), member("geom", mapping.GEOJSON)),
    Row("temporal", ("temporal_coverage",), Shape(_read_interval, _write_interval)),
    Row("modified", ("harvest",), _of_source("modified_at")),
    Row("issued", ("harvest",), _of_source("issued_at")),
    Row("metadata_modified", ("last_modified", "last_modified_internal"), mapping.TIME),
    Row("metadata_created", ("created_at", "created_at_internal"), mapping.TIME),
    Row("description", ("description",), mapping.TEXT),
    Row("landing_page", ("page",), mapping.TEXT),
    Row("frequency", ("frequency",), _in_full("id", "label", is_known=EU_FREQUENCIES.__contains__)),
    Row("contact_point", ("contact_points",), Shape(_read_contact, _write_contact)),
)
RESOURCE_ROWS = (
    Row("resource_type", ("type",), mapping.one_of(_PURPOSES)),
    Row("url", ("url",), mapping.TEXT),
    Row("format", ("format",), mapping.TEXT),
    Row("size", ("filesize",), mapping.SIZE),
    Row("title", ("title",), mapping.TEXT),
    Row("mimetype", ("mime",), mapping.TEXT),
    Row("hash", ("checksum",), Shape(_read_checksum, _write_checksum)),
    Row("last_modified", ("last_modified",), mapping.TIME),
    Row("description", ("description",), mapping.TEXT),
    Row("issued", ("created_at",), _TIME_OF_DATA),
)

#: The dataset's dates are the portal's where no other catalog said them: so udata itself writes its DCAT.
_TIMES_OF_PORTAL = (
    Row("modified", ("last_modified", "last_modified_internal"), _TIME_OF_DATA),
    Row("issued", ("created_at", "created_at_internal"), _TIME_OF_DATA),
)

_MARKS = frozenset(("slug", "created_at"))
#: What version 2 of the API gives a page of its own.
_LINKED = ("resources", "community_resources")
_RESOURCE_MARKS = frozenset(("filetype", "type", "url"))
_PAGE_MARKS = frozenset(("data", "page_size"))


def is_record(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a dataset of udata's API, or like a resource of one."""
    return value.keys() >= _MARKS or _is_resource(value) or any(_is_link(value.get(name)) for name in _LINKED)


def _is_resource(value: Mapping[str, Json]) -> bool:
    return value.keys() >= _RESOURCE_MARKS and "slug" not in value


def _is_link(value: Json) -> bool:
    """Whether version 2 of the API names in a value where its list is, instead of giving it."""
    return isinstance(value, dict) and value.get("rel") == "subsection" and isinstance(value.get("href"), str)


def remarks(value: Mapping[str, Json]) -> tuple[str, ...]:
    """What an import says of a dataset that it takes."""
    links = [(name.replace("_", " "), value[name]) for name in _LINKED if _is_link(value.get(name))]
    said = [f"{link.get('total', 'its')} {name} at {link['href']}" for name, link in links if link.get("total") != 0]
    return (f"not in this document, and not fetched: {', '.join(said)}",) if said else ()


def withheld(value: Mapping[str, Json]) -> str | None:
    """What keeps a dataset from being public, as its portal declares it, or ``None``. An archived one is public."""
    if deleted := next((name for name in ("deleted", "deleted_at") if value.get(name)), None):
        return f"{deleted} is {str(value[deleted])[:40]!r}"
    return "private is true" if mapping.is_true(value.get("private")) else None


def is_envelope(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a page of a list, or like fixtures."""
    return value.keys() >= _PAGE_MARKS or _is_fixtures(value)


def _is_fixtures(value: Mapping[str, Json]) -> bool:
    datasets = value.get("datasets")
    return isinstance(datasets, list) and all(isinstance(item, dict) and "dataset" in item for item in datasets)


def unwrap(value: Mapping[str, Json]) -> Iterator[Json]:
    """The datasets of a page or of fixtures. Raises :class:`SourceError` where there can be none."""
    if not _is_fixtures(value):
        page = value["data"]
        if page is None:
            refuse('the member "data" of this page of udata', page, "a list")
        yield from page if isinstance(page, list) else [page]
        return
    for item in value["datasets"]:
        dataset = item["dataset"]
        # Fixtures have beside a dataset what the API has inside.
        beside = {key: member for key, member in item.items() if key != "dataset"}
        yield {**beside, **dataset} if isinstance(dataset, dict) else dataset


def parse_record(value: Mapping[str, Json]) -> Dataset:
    """Read one dataset. Raises :class:`RecordError` naming the key, the value and what is due."""
    if _is_resource(value):
        raise RecordError("a resource of udata, not a dataset")
    rest = dict(value)
    resources = rest.pop("resources", None)
    record = take(rest, DATASET_ROWS)
    record |= further_keys(record.get("license"))
    record = take(dict(value), _TIMES_OF_PORTAL) | record
    if "author" in record:
        # What belongs to no organization is published by its owner: so udata says it, too.
        record.setdefault("maintainer", record["author"])
    # Version 2 of the API names where the resources are, instead of giving them.
    if isinstance(resources, dict):
        rest["resources"] = resources
        resources = None
    try:
        mapping.check_required(value, record, DATASET_ROWS)
        mapping.require_id(record, "id")
        record["resources"] = _resources(resources)
    except RecordError as error:
        raise RecordError(str(error), record.get("id")) from None
    record["udata"] = pruned(rest)
    return parse_dataset(record)


def _resources(resources: Json) -> list[Json]:
    if resources in (None, ""):
        return []
    return [_resource(rest) for rest in mapping.objects("resources", resources)]


def _resource(rest: dict[str, Json]) -> dict[str, Json]:
    return {**take(rest, RESOURCE_ROWS), "udata": pruned(rest)}
