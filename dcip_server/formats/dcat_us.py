"""Records as DCAT-US 1.1 has them (resources.data.gov, "DCAT-US Schema v1.1"): the datasets of ``/data.json``.

A record is written by the rows of :mod:`dcip_server.formats.pod`; :mod:`dcat_us_forms` says what form a term must have.
A value that another form can say exactly is written in that form. One that has none, or of which there is
room for a part, stands as it is under the term's name with ``source_`` in front, since readers refuse the whole
record for it in its place. What a source did not state is not there: nothing is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from dcip_server.entities import Json
from dcip_server.formats import dcat_us_forms as forms
from dcip_server.formats import dcat_us_shapes as us3
from dcip_server.formats import dcat_us_texts as texts
from dcip_server.formats import pod
from dcip_server.formats.authorities import FILE_TYPE, find_term
from dcip_server.formats.ckan_package import contact_of, publisher_of
from dcip_server.formats.dates import read_date
from dcip_server.formats.dcat_us_texts import Form
from dcip_server.formats.dcip import UNLINKED
from dcip_server.formats.mapping import give

_ARCHIVE = re.compile("zip|gz|gzip|7z|rar|tgz|bz2|xz|kmz", re.IGNORECASE)
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
#: Before the name of a term whose value is not of the form that is due there.
_SOURCE = "source_"


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
    written = _fitted("dcat:Dataset", given, give(value, pod.DATASET_ROWS), forms.DATASET_FORMS)
    if level := written.pop("accessLevel", None):
        written |= _access(level, written)
    plain = map(pod.plain_resource, value["resources"])
    fitted = (
        _with_media_type(_fitted("dcat:Distribution", item, beside, forms.DISTRIBUTION_FORMS))
        for item, beside in zip(distributions, plain, strict=True)
    )
    said: list[Json] = [distribution for distribution in fitted if len(distribution) > 1]
    unsaid = us3.listed(pod.source_says(value).get("distribution"))
    if said := said + list(filter(texts.is_redacted, unsaid)):
        written["distribution"] = said
    if others := [text for text in unsaid if not texts.is_redacted(text)]:
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
    return texts.any_text(contact.get("name")), email


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
    return texts.media_type(term.media_type if term else format)


def _ending(url: str) -> str:
    """What stands behind the last point in the name of the file, or ``""``."""
    try:
        name, point, ending = urlsplit(url).path.rpartition("/")[2].rpartition(".")
    except ValueError:
        return ""
    return ending.lower() if name and point else ""


def _fitted(
    rdf_class: str, given: Mapping[str, Json], plain: Mapping[str, Json], due: Mapping[str, Form]
) -> dict[str, Json]:
    """What is given, each term in its form; where it has none, as it is in ``plain``: DCAT-US 3 has objects for texts."""
    written: dict[str, Json] = {"@type": rdf_class}
    as_given: dict[str, Json] = {}
    for key, value in given.items():
        form = due.get(key)
        if key == "@type":
            continue
        if form is None or texts.is_redacted(value):
            written[key] = value
        elif (fits := form(value)) is not None:
            written[key] = fits
        elif (less := _said_less(form, forms.PARTS.get(key), value, plain.get(key))) is not None:
            written[key] = less
            as_given[f"{_SOURCE}{key}"] = value
        else:
            written_as = key if key in forms.REQUIRED else f"{_SOURCE}{key}"
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
    if text := texts.any_text(level):
        word = " ".join(text.casefold().split())
        word = _ACCESS_LEVELS.get(text) or _ACCESS_LEVELS.get(word, word)
        if word in _ACCESS_LEVELS.values():
            return {"accessLevel": word}
        if "rights" not in written and f"{_SOURCE}rights" not in written and forms.DATASET_FORMS["rights"](text):
            return {"rights": text}
    return {f"{_SOURCE}accessLevel": level}
