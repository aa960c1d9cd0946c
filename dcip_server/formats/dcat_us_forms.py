"""The form that each term of DCAT-US 1.1 must have, for datasets and distributions."""

from __future__ import annotations

import json
import re

from dcip_server.entities import Json
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import dcat_us_texts as texts
from dcip_server.formats.ckan_package import EMAIL
from dcip_server.formats.dcat_us_texts import Form
from dcip_server.formats.geometry import is_geojson

_LONGEST_RIGHTS = 255
_LONGEST_DESCRIPTION = 10_000
_LONGEST_KEYWORD = _MOST_KEYWORDS = 1000

_rights = texts.no_longer_than(_LONGEST_RIGHTS)
_description = texts.no_longer_than(_LONGEST_DESCRIPTION)


def _one_uri(value: Json) -> str | None:
    """One URI, for a term that cannot hold several."""
    return texts.uri(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _joined_rights(value: Json) -> str | None:
    """Several statements in one text, where there is room for all."""
    return _rights("; ".join(filter(texts.any_text, value))) if isinstance(value, list) else None


def _all(form: Form) -> Form:
    """The form of a list, each item once, all of one form; one such item is a list of one."""

    def fit(value: Json) -> Json | None:
        items = [form(item) for item in _texts(value) or []]
        return list(dict.fromkeys(items)) if items and None not in items else None

    return fit


def _texts(value: Json) -> list[Json] | None:
    """A list of texts, each once; one text is a list of one."""
    items = value if isinstance(value, list) else [value]
    return items if items and all(texts.any_text(item) for item in items) and len(set(items)) == len(items) else None


def _keywords(value: Json) -> list[Json] | None:
    found = _texts(value)
    return found if found and found == _some_keywords(value) else None


def _some_keywords(value: Json) -> list[Json] | None:
    """The keywords that there is room for."""
    items = value if isinstance(value, list) else [value]
    found = list(dict.fromkeys(filter(texts.no_longer_than(_LONGEST_KEYWORD), items)))
    return found[:_MOST_KEYWORDS] or None


def _some_languages(value: Json) -> list[Json] | None:
    """The languages that have a tag, each once; one that has none hides no other."""
    tags = [texts.language(item) for item in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(filter(None, tags))) or None


def _spatial(value: Json) -> Json | None:
    """A text, or an object that is no more than a line of positions; any other is written as text, in JSON, and names in one."""
    if isinstance(value, str):
        return texts.any_text(value)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return "; ".join(value) or None
    if isinstance(value, dict) and "coordinates" in value and not _is_line(value["coordinates"]):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value if is_geojson(value) else None


def _is_line(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(position, list) and all(isinstance(number, int | float) for number in position) for position in value
    )


def _of_type(name: str) -> Form:
    """The form of an object whose type can only be that one; another type is left unsaid."""

    def fit(value: Json) -> Json | None:
        if not isinstance(value, dict):
            return None
        return {key: item for key, item in value.items() if key != "@type" or item == name}

    return fit


def _organization(value: Json) -> Json | None:
    """An organization with a name, within one other at most, which has that form, too."""
    if name := texts.any_text(value):
        return {"@type": "org:Organization", "name": name}
    found = _of_type("org:Organization")(value)
    if not found or not texts.any_text(found.get("name")):
        return None
    if above := us3.listed(found.pop("subOrganizationOf", None)):
        if len(above) > 1 or (fits := _organization(above[0])) is None:
            return None
        found["subOrganizationOf"] = fits
    return found


def _contact(value: Json) -> Json | None:
    found = _of_type("vcard:Contact")(value)
    email = found.get("hasEmail") if found else None
    if found and isinstance(email, str) and EMAIL.fullmatch(address := re.sub("(?i)mailto:", "", email).strip()):
        found["hasEmail"] = f"mailto:{address}"
    return found


#: Terms that are required: kept as given where no form fits.
REQUIRED = frozenset(("title", "description", "modified", "publisher", "contactPoint", "keyword"))
#: The forms of terms that can say a part of what they have no room for.
PARTS: dict[str, Form] = {
    "description": texts.beginning(_LONGEST_DESCRIPTION),
    "keyword": _some_keywords,
    "language": _some_languages,
    "rights": _joined_rights,
    "describedBy": lambda value: texts.uri(us3.URL_OF(value)),
}
DATASET_FORMS: dict[str, Form] = {
    "title": texts.any_text,
    "description": _description,
    "keyword": _keywords,
    "modified": texts.date_or_interval,
    "issued": texts.date,
    "publisher": _organization,
    "contactPoint": _contact,
    "license": texts.license_uri,
    "landingPage": texts.uri,
    "accrualPeriodicity": texts.frequency,
    "conformsTo": _one_uri,
    "describedBy": texts.uri,
    "describedByType": texts.media_type,
    "language": _all(texts.language),
    "spatial": _spatial,
    "temporal": texts.interval,
    "theme": _texts,
    "rights": _rights,
    "references": _all(texts.uri),
    "isPartOf": texts.any_text,
    "systemOfRecords": texts.any_text,
    "dataQuality": lambda value: value if isinstance(value, bool) else None,
    "bureauCode": _all(texts.like(r"\d{3}:\d{2}")),
    "programCode": _all(texts.like(r"\d{3}:\d{3}")),
    "primaryITInvestmentUII": texts.like(r"\d{3}-\d{9}"),
}
DISTRIBUTION_FORMS: dict[str, Form] = {
    "downloadURL": texts.uri,
    "accessURL": texts.uri,
    "mediaType": texts.media_type,
    "conformsTo": _one_uri,
    "describedBy": texts.uri,
    "describedByType": texts.media_type,
    "format": texts.any_text,
    "title": texts.any_text,
    "description": _description,
    "modified": texts.date_or_interval,
    "issued": texts.date,
    "license": lambda value: texts.license_uri(value) or value,
}
