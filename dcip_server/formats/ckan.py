"""CKAN's JSON: packages as package_show, package_search, dumps and old REST answers give them.

What a row below maps goes under the draft's key or a documented further one; everything else a
package says is kept under ``ckan``, in the dataset and in each resource, so nothing is lost and
no key of the draft gets another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from dcip_server.entities import Dataset, Json
from dcip_server.errors import RecordError, SourceError
from dcip_server.formats.dates import iso8601
from dcip_server.formats.dcip import parse_dataset, pruned, refuse
from dcip_server.formats.kinds import is_geojson, json_or_none

#: DCIP key, then the CKAN keys it is read from: the first that holds a text.
_DATASET_TEXTS = (
    ("name", ("name",)),
    ("author", ("author",)),
    ("maintainer", ("maintainer",)),
    ("version", ("version",)),
    ("description", ("notes", "description")),
    ("landing_page", ("url",)),
)
_RESOURCE_TEXTS = (
    ("url", ("url",)),
    ("format", ("format",)),
    ("title", ("name",)),
    ("mimetype", ("mimetype",)),
    ("hash", ("hash",)),
    ("description", ("description",)),
)
_RECORD_TIMES = ("metadata_modified", "metadata_created")

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


def is_package(value: Mapping[str, Json]) -> bool:
    """Whether a JSON object looks like a CKAN package, rather than a record of the draft with further keys."""
    if value.keys() >= _REQUIRED_BY_THE_DRAFT and value.keys().isdisjoint(("license_id", "license_title")):
        return False
    return ("id" in value or "name" in value) and not _MARKS.isdisjoint(value) and "ckan" not in value


def is_answer(value: Mapping[str, Json]) -> bool:
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


def parse_package(package: Mapping[str, Json]) -> Dataset:
    """Read one package. Raises :class:`RecordError` naming the key, the value and what is due."""
    rest = dict(package)
    id = rest.pop("id", None)
    if id in (None, ""):
        id = rest.get("name")
    record: dict[str, Json] = {"id": id, "title": _title(rest), "license": _license(rest)}
    record |= _texts(rest, _DATASET_TEXTS)
    record["tags"] = _tags(rest)
    record["spatial"] = _spatial(rest)
    record |= _times(rest, _RECORD_TIMES)
    try:
        record["resources"] = _resources(rest.pop("resources", None))
    except RecordError as error:
        raise RecordError(str(error), id if isinstance(id, str | int) else None) from None
    record["ckan"] = pruned(rest)
    return parse_dataset(record)


def _texts(rest: dict[str, Json], rows: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    """Take the rows' texts out of ``rest``; text by language leaves all but one behind."""
    found: dict[str, str] = {}
    for key, sources in rows:
        for source in sources:
            value = rest.get(source)
            if isinstance(value, str) and value.strip():
                found[key] = rest.pop(source)
                break
            if text := _in_preferred_language(value):
                found[key] = text
                break
    return found


def _in_preferred_language(value: Json) -> str | None:
    """One text of ``{"en": …, "fr": …}``: English, or else the first by tag."""
    if not isinstance(value, dict):
        return None
    texts = {tag: text for tag, text in value.items() if isinstance(text, str) and text.strip()}
    return texts.get("en") or (texts[min(texts)] if texts else None)


def _title(rest: dict[str, Json]) -> Json:
    if found := _texts(rest, (("title", ("title", "title_translated")),)):
        return found["title"]
    if isinstance(rest.get("title"), int | float):
        return rest.pop("title")
    return rest.get("name")


def _license(rest: dict[str, Json]) -> Json:
    for key in ("license_id", "license_url", "license", "license_title"):
        value = rest.get(key)
        if isinstance(value, str) and value.strip():
            return rest.pop(key)
    return None


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


def _spatial(rest: dict[str, Json]) -> Json:
    """GeoJSON from the package or its extras; anything else that is said of the place stays where it is."""
    if (found := _geojson(rest.get("spatial"))) is not None:
        del rest["spatial"]
        return found
    extras = rest.get("extras")
    if isinstance(extras, dict) and (found := _geojson(extras.get("spatial"))) is not None:
        rest["extras"] = {key: value for key, value in extras.items() if key != "spatial"}
        return found
    if isinstance(extras, list):
        for extra in extras:
            if isinstance(extra, dict) and extra.get("key") == "spatial":
                if (found := _geojson(extra.get("value"))) is not None and extra.keys() == {"key", "value"}:
                    rest["extras"] = [other for other in extras if other is not extra]
                return found
    return None


def _geojson(value: Json) -> Json:
    if isinstance(value, str):
        value = json_or_none(value)
    return value if is_geojson(value) else None


def _times(rest: dict[str, Json], keys: tuple[str, ...]) -> dict[str, str]:
    """Times in ISO 8601; one that is not stays behind as it was written."""
    found = {}
    for key in keys:
        value = rest.get(key)
        if isinstance(value, str) and (time := iso8601(value)):
            found[key] = time
            del rest[key]
    return found


def _resources(resources: Json) -> list[Json]:
    if resources in (None, "", {}):
        return []
    if not isinstance(resources, list):
        refuse("resources", resources, "a list of objects")
    return [_resource(number, resource) for number, resource in enumerate(resources, 1)]


def _resource(number: int, resource: Json) -> dict[str, Json]:
    if not isinstance(resource, dict):
        refuse(f"resources, number {number}", resource, "an object")
    rest = dict(resource)
    uploaded = rest.get("url_type") == "upload"
    kind = rest.get("resource_type")
    if isinstance(kind, str) and kind.strip():
        del rest["resource_type"]
    else:
        kind = "file.upload" if uploaded else "file"
    record: dict[str, Json] = {"resource_type": kind, **_texts(rest, _RESOURCE_TEXTS)}
    size = rest.get("size")
    if isinstance(size, str) and size.isascii() and size.isdigit():
        size = int(size)
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        record["size"] = size
        del rest["size"]
    record |= _times(rest, ("last_modified",))
    record["ckan"] = pruned(rest)
    return record
