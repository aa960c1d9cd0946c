"""CKAN's JSON: packages as package_show, package_search, dumps and old REST answers give them.

What a row below takes goes under the draft's key or a documented further one; everything else a
package says is kept under ``ckan``, in the dataset and in each resource, so nothing is lost and
no key of the draft gets another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from dcip_server.entities import LICENSE_NOT_SPECIFIED, Dataset, Json
from dcip_server.errors import RecordError, SourceError
from dcip_server.formats import mapping
from dcip_server.formats.dcip import parse_dataset, pruned
from dcip_server.formats.geometry import is_place_name
from dcip_server.formats.license_names import folded
from dcip_server.formats.licenses import common, further_keys
from dcip_server.formats.mapping import Row, Shape, take

#: Rows that would take each other's values: a package without id or title goes by its name.
_ID_ROW = (Row("id", ("id",), mapping.ID),)
_TRANSLATED = {"title": ("title", "title_translated"), "description": ("notes", "description", "notes_translated")}
_TITLE_ROW = (Row("title", ("title", "title_translated"), mapping.TEXT),)


def _read_license(value: Json) -> str | None:
    """A licence; CKAN's title of none is that of the id which the draft has for it."""
    text: str | None = mapping.STRING.read(value)
    return LICENSE_NOT_SPECIFIED if text and folded(text) == "license not specified" else text


DATASET_ROWS = (
    Row(
        "license",
        ("license_id", "license_url", "license", "license_title"),
        Shape(_read_license, mapping.STRING.write, tidy=_read_license),
    ),
    Row("name", ("name",), mapping.TEXT),
    Row("author", ("author",), mapping.TEXT),
    Row("maintainer", ("maintainer",), mapping.TEXT),
    Row("version", ("version",), mapping.TEXT),
    Row("metadata_modified", ("metadata_modified",), mapping.TIME),
    Row("metadata_created", ("metadata_created",), mapping.TIME),
    Row("description", ("notes", "description"), mapping.TEXT),
    Row("landing_page", ("url",), mapping.TEXT),
)
RESOURCE_ROWS = (
    Row("resource_type", ("resource_type",), mapping.STRING),
    Row("url", ("url",), mapping.TEXT),
    Row("format", ("format",), mapping.TEXT),
    Row("size", ("size",), mapping.SIZE),
    Row("title", ("name",), mapping.TEXT),
    Row("mimetype", ("mimetype",), mapping.TEXT),
    Row("hash", ("hash",), mapping.TEXT),
    Row("last_modified", ("last_modified",), mapping.TIME),
    Row("description", ("description",), mapping.TEXT),
    # CKAN itself has no such field; extensions for DCAT-AP do.
    Row("license", ("license", "license_id"), mapping.STRING),
)

#: A package has at least one of these, a DCIP record none (surface 4 keeps the key sets apart).
_MARKS = frozenset(
    [
        "license_id",
        "license_title",
        "notes",
        "owner_org",
        "num_resources",
        "num_tags",
        "isopen",
        "creator_user_id",
        "extras",
        "groups",
        "private",
        "state",
        "package_id",
        "ckan_url",
        "revision_id",
        "organization",
        "tracking_summary",
        "title_translated",
        "notes_translated",
        "dcat_type",
        "version_notes",
        "alternate_identifier",
        "maintainer_email",
        "author_email",
        "contact_points",
    ]
)


_REQUIRED_BY_THE_DRAFT = {"id", "title", "license", "resources"}


def is_record(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a CKAN package, rather than a record of the draft with further keys."""
    if value.keys() >= _REQUIRED_BY_THE_DRAFT and value.keys().isdisjoint(("license_id", "license_title")):
        return False
    return ("id" in value or "name" in value) and not _MARKS.isdisjoint(value) and "ckan" not in value


#: States in which CKAN shows a package, or a resource, to its editors alone.
_NOT_PUBLIC = frozenset(("deleted", "draft", "draft-complete", "pending"))
#: DKAN says "private" of what everybody can see; it is known by the capital letter of its state.
_DKAN_STATE = "Active"


def withheld(package: Mapping[str, Json]) -> str | None:
    """What keeps a package from being public, as its source declares it, or ``None``."""
    if _is_hidden(package):
        return f"state is {package['state']!r}"
    is_private = mapping.is_true(package.get("private")) and package.get("state") != _DKAN_STATE
    return "private is true" if is_private else None


def _is_hidden(value: Mapping[str, Json]) -> bool:
    state = value.get("state")
    return isinstance(state, str) and state.casefold() in _NOT_PUBLIC


def remarks(package: Mapping[str, Json]) -> tuple[str, ...]:
    """What an import says of a package that it takes."""
    resources = package.get("resources")
    hidden = sum(_is_hidden(item) for item in resources if isinstance(item, dict)) if isinstance(resources, list) else 0
    return (f"left out, since their state says that they are not public: {hidden} resources",) if hidden else ()


def is_envelope(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like an answer of CKAN's action API."""
    return "success" in value and ("result" in value or "error" in value)


def unwrap(answer: Mapping[str, Json]) -> Iterator[Json]:
    """The packages in an action API's answer. Raises :class:`SourceError` where there can be none."""
    if not answer.get("success"):
        raise SourceError(f"the CKAN answer says that it failed: {json.dumps(answer.get('error'))[:200]}")
    result = answer.get("result")
    packages = result.get("results", [result]) if isinstance(result, dict) else result
    if not isinstance(packages, list):
        raise SourceError(f"the CKAN answer's result is no package and no list of them: {json.dumps(result)[:60]}")
    if packages and all(isinstance(package, str) for package in packages):
        raise SourceError(
            f"a package_list: {len(packages)} names and no datasets; import package_search or package_show answers"
        )
    yield from packages


def parse_record(package: Mapping[str, Json]) -> Dataset:
    """Read one package. Raises :class:`RecordError` naming the key, the value and what is due."""
    rest = dict(package)
    id = take(rest, _ID_ROW).get("id", rest.get("name"))
    record: dict[str, Json] = {"id": id, **take(rest, _TITLE_ROW)}
    record.setdefault("title", rest.get("name"))
    record |= take(rest, DATASET_ROWS) | mapping.translations(package, _TRANSLATED)
    record["tags"] = _tags(rest)
    record |= _spatial(rest)
    try:
        mapping.check_required(package, record, _ID_ROW + _TITLE_ROW)
        mapping.require_id(record, "id", "name")
        record["resources"] = _resources(rest.pop("resources", None))
    except RecordError as error:
        raise RecordError(str(error), id if isinstance(id, str | int) else None) from None
    is_stated = record.get("license") not in (None, LICENSE_NOT_SPECIFIED)
    if not is_stated and (found := common(resource.get("license") for resource in record["resources"])):
        record["license"] = found
        rest["license_id"] = package.get("license_id")
    record |= further_keys(record.get("license"))
    record["ckan"] = pruned(rest)
    return parse_dataset(record)


def _tags(rest: dict[str, Json]) -> list[str]:
    tags = rest.get("tags")
    if not isinstance(tags, list):
        return []
    names = [_tag_name(tag) for tag in tags]
    if all(
        name and (isinstance(tag, str) or set(pruned(tag)) <= {"name"}) for tag, name in zip(tags, names, strict=True)
    ):
        del rest["tags"]
    return [name for name in names if name]


def _tag_name(tag: Json) -> str | None:
    if isinstance(tag, dict):
        tag = tag.get("name") or tag.get("display_name")
    return tag if isinstance(tag, str) else None


def _spatial(rest: dict[str, Json]) -> dict[str, Json]:
    """The place that the package or its extras state, as ``spatial`` or ``places``; what is no GeoJSON stays where it is, too."""
    if found := _place(given := rest.get("spatial")):
        if _is_exact(given):
            del rest["spatial"]
        return found
    extras = rest.get("extras")
    if isinstance(extras, dict) and (found := _place(given := extras.get("spatial"))):
        if _is_exact(given):
            rest["extras"] = {key: value for key, value in extras.items() if key != "spatial"}
        return found
    listed: list[Json] = extras if isinstance(extras, list) else []
    for extra in listed:
        if isinstance(extra, dict) and extra.get("key") == "spatial":
            found = _place(given := extra.get("value"))
            if found and _is_exact(given) and extra.keys() == {"key", "value"}:
                rest["extras"] = [other for other in listed if other is not extra]
            return found
    return {}


def _place(given: Json) -> dict[str, Json]:
    if (found := mapping.GEOJSON.read(given)) is not None:
        return {"spatial": found}
    return {"places": [given]} if isinstance(given, str) and is_place_name(given) else {}


def _is_exact(given: Json) -> bool:
    """Whether what is given is GeoJSON, so that ``spatial`` says all of it."""
    return not isinstance(given, str) or given.lstrip().startswith("{")


def _resources(resources: Json) -> list[Json]:
    if resources in (None, "", {}):
        return []
    return [_resource(rest) for rest in mapping.objects("resources", resources) if not _is_hidden(rest)]


def _resource(rest: dict[str, Json]) -> dict[str, Json]:
    kind = "file.upload" if rest.get("url_type") == "upload" else "file"
    return {"resource_type": kind, **take(rest, RESOURCE_ROWS), "ckan": pruned(rest)}
