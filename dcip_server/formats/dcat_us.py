"""Records as DCAT-US 1.1 has them (resources.data.gov, "DCAT-US Schema v1.1"): the datasets of ``/data.json``.

A record is written by the rows of :mod:`dcip_server.formats.pod`; one table here says what form a term must have.
A value that another form can say exactly is written in that form. An optional term whose value has none
is left out, since readers refuse the whole record for it; the endpoint's JSON has it. What a source did
not state is not there: nothing is filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from dcip_server.addresses import authority_of
from dcip_server.entities import Json
from dcip_server.formats import periods, pod
from dcip_server.formats.authorities import FILE_TYPE, FREQUENCY, LANGUAGE, find_term
from dcip_server.formats.ckan_package import EMAIL, contact_of, publisher_of
from dcip_server.formats.dates import iso8601, read_date
from dcip_server.formats.frequencies import EU_FREQUENCIES, INTERVALS
from dcip_server.formats.geometry import is_geojson
from dcip_server.formats.licenses import uri_of
from dcip_server.formats.mapping import give
from dcip_server.formats.rdf.terms import literal_datatype, time_literal

Form = Callable[[Json], Json | None]

#: No time of 24:00, which some readers refuse.
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT(?!24).{8,}[+-]\d\d:\d\d")
_REDACTED = re.compile(r"\[\[REDACTED.*\]\]")
_AMOUNT = r"\d+(?:\.\d+)?"
_DURATION = (
    rf"P(?=[\dT])(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=\d)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
)
_INTERVAL = re.compile(rf"(?:R\d*/)?{_DURATION}")
_REPEATED = re.compile(rf"R/{_DURATION}")
_MEDIA_TYPE = re.compile(r"[-\w]+/[-\w]+(?:\.[-\w]+)*(?:\+[-\w]+)?")
_ARCHIVE = re.compile("zip|gz|gzip|7z|rar|tgz|bz2|xz|kmz", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S.*", re.DOTALL)
_EU_LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
_EU_ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
_ACCESS_LEVELS = {
    f"{_EU_ACCESS}PUBLIC": "public",
    f"{_EU_ACCESS}RESTRICTED": "restricted public",
    f"{_EU_ACCESS}NON_PUBLIC": "non-public",
    # Open and restricted access in COAR's vocabulary, which repositories use.
    "http://purl.org/coar/access_right/c_abf2": "public",
    "http://purl.org/coar/access_right/c_16ec": "restricted public",
}
_DUBLIN_CORE_FREQUENCY = "http://purl.org/cld/freq/"
_FREQUENCIES = {iri: INTERVALS[id] for id, iri in EU_FREQUENCIES.items() if id in INTERVALS}
_LONGEST_RIGHTS = 255


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _uri(value: Json) -> str | None:
    """An absolute URI; characters that an IRI may have beyond those are percent-encoded, which names the same."""
    if not isinstance(value, str) or not _ABSOLUTE.fullmatch(value.strip()) or authority_of(value.strip()) is None:
        return None
    return quote(value.strip(), safe="!#$%&'()*+,/:;=?@[]~")


def _one_uri(value: Json) -> str | None:
    """One URI, for a term that cannot hold several."""
    return _uri(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _date(value: Json) -> str | None:
    """A date in ISO 8601, in the record's form, but a time in another zone as it is given: that says more than UTC."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    read = read_date(text)
    is_as_due = read is None or _ZONED.fullmatch(text)
    return text if is_as_due and literal_datatype(time_literal(text)) else read


def _modified(value: Json) -> str | None:
    """A date, or how often the data change."""
    return value if isinstance(value, str) and _INTERVAL.fullmatch(value) else _date(value)


def _temporal(value: Json) -> str | None:
    """One interval with two ends: this vocabulary has neither open ones nor lists."""
    if not isinstance(value, str):
        return None
    text = periods.normal(value)
    start, mark, end = text.partition("/")
    if mark and iso8601(start) and (iso8601(end) or re.fullmatch(_DURATION, end)):
        return text
    covered = periods.whole(text)
    return "/".join(covered) if covered and all(map(iso8601, covered)) else None


def _license(value: Json) -> str | None:
    """The one URI of a licence that is known in whatever spelling, else the URI that is given."""
    return (uri_of(value) if isinstance(value, str) else None) or _uri(value)


def _frequency(value: Json) -> str | None:
    """A repeating interval: also of a duration, and of a term or a name that is known for one in whatever language."""
    if not isinstance(value, str):
        return None
    if _REPEATED.fullmatch(value) or re.fullmatch(_DURATION, value):
        return value if value.startswith("R") else f"R/{value}"
    term = find_term(FREQUENCY, value.removeprefix(_DUBLIN_CORE_FREQUENCY))
    return _FREQUENCIES.get(term.iri if term else value)


def _like(pattern: str) -> Form:
    """The form of a text, or of one in a list, that a pattern describes."""
    fits = re.compile(pattern).search
    return lambda value: value if isinstance(value, str) and fits(value) else None


def _all(form: Form) -> Form:
    """The form of a list, each item once, all of one form; one such item is a list of one."""

    def fit(value: Json) -> Json | None:
        items = [form(item) for item in _texts(value) or []]
        return list(dict.fromkeys(items)) if items and None not in items else None

    return fit


def _texts(value: Json) -> list[Json] | None:
    """A list of texts, each once; one text is a list of one."""
    items = value if isinstance(value, list) else [value]
    return items if items and all(_text(item) for item in items) and len(set(items)) == len(items) else None


def _languages(value: Json) -> list[Json] | None:
    """The languages that have a tag, each once; one that has none hides no other."""
    tags = [_language(item) for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return list(dict.fromkeys(filter(None, tags))) or None


def _language(text: str) -> str | None:
    """A tag as it is, the code of a language that is given by its IRI or its name, else nothing."""
    if _TAG.fullmatch(text):
        return text
    term = find_term(LANGUAGE, text)
    code = (term.iri if term else text).removeprefix(_EU_LANGUAGE).lower()
    return code if _TAG.fullmatch(code) else None


def _spatial(value: Json) -> Json | None:
    """A text, or an object that is no more than a line of positions; any other is written as text, in JSON, and names in one."""
    if isinstance(value, str):
        return _text(value)
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
    if name := _text(value):
        return {"@type": "org:Organization", "name": name}
    found = _of_type("org:Organization")(value)
    if found and (above := found.pop("subOrganizationOf", None)) and (above := _organization(above)):
        found["subOrganizationOf"] = above
    return found


def _contact(value: Json) -> Json | None:
    found = _of_type("vcard:Contact")(value)
    email = found.get("hasEmail") if found else None
    if found and isinstance(email, str) and EMAIL.fullmatch(address := re.sub("(?i)mailto:", "", email).strip()):
        found["hasEmail"] = f"mailto:{address}"
    return found


def _media_type(value: Json) -> str | None:
    return value if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) else None


#: Terms that are required, or without which a distribution leads nowhere: kept as given where no form fits.
_KEPT = frozenset(
    ("title", "description", "modified", "publisher", "contactPoint", "keyword", "downloadURL", "accessURL")
)
_DATASET_FORMS: dict[str, Form] = {
    "title": _text,
    "description": _text,
    "keyword": _texts,
    "modified": _modified,
    "issued": _date,
    "publisher": _organization,
    "contactPoint": _contact,
    "license": _license,
    "landingPage": _uri,
    "accrualPeriodicity": _frequency,
    "conformsTo": _one_uri,
    "describedBy": _uri,
    "describedByType": _media_type,
    "language": _languages,
    "spatial": _spatial,
    "temporal": _temporal,
    "theme": _texts,
    "rights": lambda value: _text(value) if len(str(value)) <= _LONGEST_RIGHTS else None,
    "references": _all(_uri),
    "isPartOf": _text,
    "systemOfRecords": _text,
    "dataQuality": lambda value: value if isinstance(value, bool) else None,
    "bureauCode": _all(_like(r"\d{3}:\d{2}")),
    "programCode": _all(_like(r"\d{3}:\d{3}")),
    "primaryITInvestmentUII": _like(r"\d{3}-\d{9}"),
}
_DISTRIBUTION_FORMS: dict[str, Form] = {
    "downloadURL": _uri,
    "accessURL": _uri,
    "mediaType": _media_type,
    "conformsTo": _one_uri,
    "describedBy": _uri,
    "describedByType": _media_type,
    "format": _text,
    "title": _text,
    "description": _text,
    "modified": _modified,
    "issued": _date,
    "license": lambda value: _license(value) or value,
}


def render_dataset(value: Mapping[str, Json]) -> dict[str, Json]:
    """The dataset of a DCAT-US 1.1 catalog that a served record is; ``identifier`` is its id as text."""
    resources = [{**resource, **_dates_of(resource)} for resource in value["resources"]]
    value = {**value, **_dates_of(value), "resources": resources}
    given = pod.render_record(value)
    distributions = given.pop("distribution")
    given |= {"identifier": str(value["id"])}
    if "publisher" not in given and (publisher := publisher_of(value)):
        given["publisher"] = publisher
    if "contactPoint" not in given and (contact := _stated_contact(value) or contact_of(value)):
        name, email = contact
        given["contactPoint"] = {"@type": "vcard:Contact"} | ({"fn": name} if name else {}) | {"hasEmail": email}
    written = _fitted("dcat:Dataset", given, give(value, pod.DATASET_ROWS), _DATASET_FORMS)
    if level := written.pop("accessLevel", None):
        written |= _access(level, written)
    if distributions:
        from_ckan = "ckan" in value
        plain = (give(resource, pod.RESOURCE_ROWS) for resource in value["resources"])
        written["distribution"] = [
            _with_media_type(_fitted("dcat:Distribution", item, beside, _DISTRIBUTION_FORMS), from_ckan)
            for item, beside in zip(distributions, plain, strict=True)
        ]
    return written


def _dates_of(value: Mapping[str, Json]) -> dict[str, Json]:
    """The dates of a record or a resource in one form: the draft's own JSON may spell these keys in any."""
    stated = {key: value.get(key) for key in ("issued", "modified")}
    return {key: time for key, text in stated.items() if isinstance(text, str) and (time := read_date(text))}


def _stated_contact(value: Mapping[str, Json]) -> tuple[str | None, str] | None:
    """Name and address of a contact of whom the record says more than this vocabulary has terms for."""
    contact = value.get("contact_point")
    if not isinstance(contact, dict) or not isinstance(email := contact.get("email"), str):
        return None
    return _text(contact.get("name")), email


def _with_media_type(distribution: dict[str, Json], from_ckan: bool) -> dict[str, Json]:
    """A file has to have a media type: that of its format, else that of the file's name in its URL.

    Where the name is that of an archive and the format is not, the format is that of what is inside. CKAN does not
    say of a URL whether a file is there; where nothing tells which, it is where access begins.
    """
    url, format = distribution.get("downloadURL"), distribution.get("format")
    if "mediaType" in distribution or not isinstance(url, str):
        return distribution
    ending = _ending(url)
    named = _media_type_of(format) if isinstance(format, str) else None
    is_archive = _ARCHIVE.fullmatch(ending) and not (isinstance(format, str) and _ARCHIVE.fullmatch(format))
    media_type = (None if is_archive else named) or _media_type_of(ending)
    if media_type:
        return {**distribution, "mediaType": media_type}
    if from_ckan and "accessURL" not in distribution:
        return {"accessURL" if key == "downloadURL" else key: item for key, item in distribution.items()}
    return distribution


def _media_type_of(format: str) -> str | None:
    """The media type of a format that the table knows, or the format where it is one."""
    term = find_term(FILE_TYPE, format)
    return _media_type(term.media_type if term else format)


def _ending(url: str) -> str:
    """What stands behind the last point in the name of the file, or ``""``."""
    try:
        name, point, ending = urlsplit(url).path.rpartition("/")[2].rpartition(".")
    except ValueError:
        return ""
    return ending.lower() if name and point else ""


def _fitted(
    rdf_class: str, given: Mapping[str, Json], plain: Mapping[str, Json], forms: Mapping[str, Form]
) -> dict[str, Json]:
    """What is given, each term in its form; where it has none, as it is in ``plain``: DCAT-US 3 has objects for texts."""
    written: dict[str, Json] = {"@type": rdf_class}
    for key, value in given.items():
        form = forms.get(key)
        fits = value if form is None or (isinstance(value, str) and _REDACTED.fullmatch(value)) else form(value)
        if fits is None and form is not None and key in plain:
            fits = form(plain[key])
        if fits is None and key in _KEPT:
            fits = value
        if fits is not None and key != "@type":
            written[key] = fits
    return written


def _access(level: str, written: Mapping[str, Json]) -> dict[str, Json]:
    """Who may read the data: one of three words, or else what the source says as a text about rights."""
    word = _ACCESS_LEVELS.get(level, " ".join(level.casefold().split()))
    if word in _ACCESS_LEVELS.values():
        return {"accessLevel": word}
    return {} if "rights" in written or not _text(level) or len(level) > _LONGEST_RIGHTS else {"rights": level}
