"""Records as DCAT-US 1.1 has them (resources.data.gov, "DCAT-US Schema v1.1"): the datasets of ``/data.json``.

A record is written by the rows of :mod:`dcip_server.formats.pod`; one table here says what form a term must have.
A value that another form can say exactly is written in that form. One that has none, or of which there is
room for a part, stands as it is under the term's name with ``source_`` in front, since readers refuse the whole
record for it in its place. What a source did not state is not there: nothing is filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from dcip_server.addresses import authority_of
from dcip_server.entities import Json
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import periods, pod
from dcip_server.formats.authorities import FILE_TYPE, FREQUENCY, LANGUAGE, find_term
from dcip_server.formats.ckan_package import EMAIL, contact_of, publisher_of
from dcip_server.formats.dates import iso8601, read_date
from dcip_server.formats.dcip import UNLINKED
from dcip_server.formats.frequencies import EU_FREQUENCIES, INTERVALS
from dcip_server.formats.geometry import is_geojson
from dcip_server.formats.licenses import uri_of
from dcip_server.formats.mapping import give
from dcip_server.formats.rdf.terms import address_of, iri, iri_text, is_web_iri, literal_datatype, time_literal

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
    # DCAT-US 3's word.
    "restricted": "restricted public",
}
_DUBLIN_CORE_FREQUENCY = "http://purl.org/cld/freq/"
_FREQUENCIES = {iri: INTERVALS[id] for id, iri in EU_FREQUENCIES.items() if id in INTERVALS}
_LONGEST_RIGHTS = 255
_LONGEST_DESCRIPTION = 10_000
_LONGEST_KEYWORD = _MOST_KEYWORDS = 1000
_WEB = re.compile("https?:", re.IGNORECASE)
#: What a reader would run if it made a link of it, and the web without a host.
_LEADS_NOWHERE = re.compile("(?:javascript|vbscript):|https?:(?!//[^/?#])", re.IGNORECASE)
#: Before the name of a term whose value is not of the form that is due there.
_SOURCE = "source_"


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _is_redacted(value: Json) -> bool:
    """Whether a value is withheld, which every term but a few may be."""
    return isinstance(value, str) and _REDACTED.fullmatch(value) is not None


def _no_longer_than(length: int) -> Form:
    return lambda value: text if (text := _text(value)) and len(text) <= length else None


_rights = _no_longer_than(_LONGEST_RIGHTS)


def _shortened(value: Json) -> str | None:
    """The beginning of a description that is too long, up to the end of a word."""
    if not (text := _text(value)):
        return None
    beginning, blank, _ = text[: _LONGEST_DESCRIPTION - 1].rpartition(" ")
    return f"{beginning} …" if blank else f"{text[: _LONGEST_DESCRIPTION - 1]}…"


def _uri(value: Json) -> str | None:
    """An absolute URI; characters that an IRI may have beyond those are percent-encoded, which names the same."""
    text = value.strip() if isinstance(value, str) else ""
    if text.isascii() and is_web_iri(text):
        return text
    if not _ABSOLUTE.fullmatch(text) or authority_of(text) is None:
        return None
    return quote(iri_text(iri(text)), safe="!#$%&'()*+,/:;=?@[]~")


def _url(value: Json) -> str | None:
    """A URI that readers make a link of: it runs no script, and one of the web names a host."""
    uri = _uri(value)
    if uri is None or _LEADS_NOWHERE.match(uri) or (uri != value and _WEB.match(uri) and not address_of(str(value))):
        return None
    return uri


def _one_uri(value: Json) -> str | None:
    """One URI, for a term that cannot hold several."""
    return _uri(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _date(value: Json) -> str | None:
    """A date in ISO 8601, in the record's form, but a time in another zone as it is given: that says more than UTC.

    A number is read as its digits are.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
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


def _joined_rights(value: Json) -> str | None:
    """Several statements in one text, where there is room for all."""
    return _rights("; ".join(texts)) if isinstance(value, list) and (texts := list(filter(_text, value))) else None


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


def _keywords(value: Json) -> list[Json] | None:
    found = _texts(value)
    return found if found and found == _some_keywords(value) else None


def _some_keywords(value: Json) -> list[Json] | None:
    """The keywords that there is room for."""
    items = value if isinstance(value, list) else [value]
    found = list(dict.fromkeys(filter(_no_longer_than(_LONGEST_KEYWORD), items)))
    return found[:_MOST_KEYWORDS] or None


def _some_languages(value: Json) -> list[Json] | None:
    """The languages that have a tag, each once; one that has none hides no other."""
    tags = [_language(item) for item in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(filter(None, tags))) or None


def _language(text: Json) -> str | None:
    """A tag as it is, the code of a language that is given by its IRI or its name, else nothing."""
    if not isinstance(text, str):
        return None
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
    """An organization with a name, within one other at most, which has that form, too."""
    if name := _text(value):
        return {"@type": "org:Organization", "name": name}
    found = _of_type("org:Organization")(value)
    if not found or not _text(found.get("name")):
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


def _media_type(value: Json) -> str | None:
    return value if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) else None


#: Terms that are required: kept as given where no form fits.
_KEPT = frozenset(("title", "description", "modified", "publisher", "contactPoint", "keyword"))
#: The forms of terms that can say a part of what they have no room for.
_PARTS: dict[str, Form] = {
    "description": _shortened,
    "keyword": _some_keywords,
    "language": _some_languages,
    "rights": _joined_rights,
    "describedBy": lambda value: _url(us3.URL_OF(value)),
}
_DATASET_FORMS: dict[str, Form] = {
    "title": _text,
    "description": _no_longer_than(_LONGEST_DESCRIPTION),
    "keyword": _keywords,
    "modified": _modified,
    "issued": _date,
    "publisher": _organization,
    "contactPoint": _contact,
    "license": _license,
    "landingPage": _url,
    "accrualPeriodicity": _frequency,
    "conformsTo": _one_uri,
    "describedBy": _uri,
    "describedByType": _media_type,
    "language": _all(_language),
    "spatial": _spatial,
    "temporal": _temporal,
    "theme": _texts,
    "rights": _rights,
    "references": _all(_uri),
    "isPartOf": _text,
    "systemOfRecords": _text,
    "dataQuality": lambda value: value if isinstance(value, bool) else None,
    "bureauCode": _all(_like(r"\d{3}:\d{2}")),
    "programCode": _all(_like(r"\d{3}:\d{3}")),
    "primaryITInvestmentUII": _like(r"\d{3}-\d{9}"),
}
_DISTRIBUTION_FORMS: dict[str, Form] = {
    "downloadURL": _url,
    "accessURL": _url,
    "mediaType": _media_type,
    "conformsTo": _one_uri,
    "describedBy": _uri,
    "describedByType": _media_type,
    "format": _text,
    "title": _text,
    "description": _no_longer_than(_LONGEST_DESCRIPTION),
    "modified": _modified,
    "issued": _date,
    "license": lambda value: _license(value) or value,
}


def render_dataset(value: Mapping[str, Json]) -> dict[str, Json]:
    """The dataset of a DCAT-US 1.1 catalog that a served record is; ``identifier`` is its id as text."""
    resources = [{**resource, **_dates_of(resource)} for resource in (*value["resources"], *_unlinked(value))]
    value = {**value, **_dates_of(value), "resources": resources}
    given = pod.render_record(value)
    distributions = given.pop("distribution")
    identifier = str(value["id"])
    if given.get("identifier") not in (identifier, value["id"]):
        given[f"{_SOURCE}identifier"] = given["identifier"]
    given["identifier"] = identifier
    if "publisher" not in given and (publisher := publisher_of(value)):
        given["publisher"] = publisher
    if "contactPoint" not in given and (contact := _stated_contact(value) or contact_of(value)):
        name, email = contact
        given["contactPoint"] = {"@type": "vcard:Contact"} | ({"fn": name} if name else {}) | {"hasEmail": email}
    written = _fitted("dcat:Dataset", given, give(value, pod.DATASET_ROWS), _DATASET_FORMS)
    if level := written.pop("accessLevel", None):
        written |= _access(level, written)
    plain = (give(resource, pod.RESOURCE_ROWS) for resource in value["resources"])
    fitted = (
        _with_media_type(_fitted("dcat:Distribution", item, beside, _DISTRIBUTION_FORMS))
        for item, beside in zip(distributions, plain, strict=True)
    )
    said: list[Json] = [distribution for distribution in fitted if len(distribution) > 1]
    texts = us3.listed(pod.source_says(value).get("distribution"))
    if said := said + list(filter(_is_redacted, texts)):
        written["distribution"] = said
    if others := [text for text in texts if not _is_redacted(text)]:
        written[f"{_SOURCE}distribution"] = others
    return written


def _unlinked(value: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The resources that have no URL, which a distribution may do without."""
    given = value.get(UNLINKED)
    return [{"resource_type": "link", **item} for item in us3.listed(given) if isinstance(item, dict)]


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


def _with_media_type(distribution: dict[str, Json]) -> dict[str, Json]:
    """A file has to have a media type: that of its format, else that of the file's name in its URL.

    Where the name is that of an archive and the format is not, the format is that of what is inside. What nothing
    tells a media type of is where access begins.
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
    name = "accessURL" if distribution.get("accessURL", url) == url else f"{_SOURCE}downloadURL"
    return {name if key == "downloadURL" else key: item for key, item in distribution.items()}


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
    as_given: dict[str, Json] = {}
    for key, value in given.items():
        form = forms.get(key)
        if key == "@type":
            continue
        if form is None or _is_redacted(value):
            written[key] = value
        elif (fits := form(value)) is not None:
            written[key] = fits
        elif (less := _said_less(form, _PARTS.get(key), value, plain.get(key))) is not None:
            written[key] = less
            as_given[f"{_SOURCE}{key}"] = value
        else:
            written_as = key if key in _KEPT else f"{_SOURCE}{key}"
            as_given[written_as] = value
    return written | as_given


def _said_less(form: Form, part: Form | None, value: Json, plain: Json) -> Json | None:
    """What a term says of a value that is not of its form."""
    found = None if plain is None else form(plain)
    if found is None and part is not None:
        found = part(value)
    return found


def _access(level: Json, written: Mapping[str, Json]) -> dict[str, Json]:
    """Who may read the data: one of three words, or else what the source says as a text about rights."""
    if text := _text(level):
        word = " ".join(text.casefold().split())
        word = _ACCESS_LEVELS.get(text) or _ACCESS_LEVELS.get(word, word)
        if word in _ACCESS_LEVELS.values():
            return {"accessLevel": word}
        if "rights" not in written and f"{_SOURCE}rights" not in written and len(text) <= _LONGEST_RIGHTS:
            return {"rights": text}
    return {f"{_SOURCE}accessLevel": level}
