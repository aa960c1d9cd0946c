"""The forms of single texts in DCAT-US 1.1: each gives the text that a term takes, or nothing where a value cannot be said so."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from dcip_server.addresses import authority_of
from dcip_server.entities import Json
from dcip_server.formats import periods
from dcip_server.formats.authorities import FREQUENCY, LANGUAGE, find_term
from dcip_server.formats.dates import iso8601, read_date
from dcip_server.formats.frequencies import EU_FREQUENCIES, INTERVALS
from dcip_server.formats.licenses import uri_of
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
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S.*", re.DOTALL)
_EU_LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
_DUBLIN_CORE_FREQUENCY = "http://purl.org/cld/freq/"
_FREQUENCIES = {iri: INTERVALS[id] for id, iri in EU_FREQUENCIES.items() if id in INTERVALS}
_WEB = re.compile("https?:", re.IGNORECASE)
#: What a reader would run if it made a link of it, and the web without a host.
_LEADS_NOWHERE = re.compile("(?:javascript|vbscript):|https?:(?!//[^/?#])", re.IGNORECASE)


def any_text(value: Json) -> str | None:
    """A text that says something, as it is."""
    return value if isinstance(value, str) and value.strip() else None


def is_redacted(value: Json) -> bool:
    """Whether a value is withheld, which every term but a few may be."""
    return isinstance(value, str) and _REDACTED.fullmatch(value) is not None


def no_longer_than(length: int) -> Form:
    """The form of a text of so many characters at most."""
    return lambda value: text if (text := any_text(value)) and len(text) <= length else None


def beginning(length: int) -> Form:
    """The beginning of a text that is too long, up to the end of a word."""

    def fit(value: Json) -> str | None:
        if not (text := any_text(value)):
            return None
        beginning, blank, _ = text[: length - 1].rpartition(" ")
        return f"{beginning} …" if blank else f"{text[: length - 1]}…"

    return fit


def uri(value: Json) -> str | None:
    """An absolute URI; characters that an IRI may have beyond those are percent-encoded, which names the same.

    Readers make links of them: none runs a script, and one of the web names a host.
    """
    text = value.strip() if isinstance(value, str) else ""
    if _LEADS_NOWHERE.match(text) or not _ABSOLUTE.fullmatch(text):
        return None
    if text.isascii() and is_web_iri(text):
        return text
    if not address_of(text) if _WEB.match(text) else authority_of(text) is None:
        return None
    return quote(iri_text(iri(text)), safe="!#$%&'()*+,/:;=?@[]~")


def date(value: Json) -> str | None:
    """A date in ISO 8601, in the record's form, but a time in another zone as it is given: that says more than UTC.

    A number is read as its digits are.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    read = read_date(text)
    is_as_due = read is None or _ZONED.fullmatch(text)
    return text if is_as_due and literal_datatype(time_literal(text)) else read


def date_or_interval(value: Json) -> str | None:
    """A date, or how often the data change."""
    return value if isinstance(value, str) and _INTERVAL.fullmatch(value) else date(value)


def interval(value: Json) -> str | None:
    """One interval with two ends: this vocabulary has neither open ones nor lists."""
    if not isinstance(value, str):
        return None
    text = periods.normal(value)
    start, mark, end = text.partition("/")
    if mark and iso8601(start) and (iso8601(end) or re.fullmatch(_DURATION, end)):
        return text
    covered = periods.whole(text)
    return "/".join(covered) if covered and all(map(iso8601, covered)) else None


def license_uri(value: Json) -> str | None:
    """The one URI of a licence that is known in whatever spelling, else the URI that is given."""
    return (uri_of(value) if isinstance(value, str) else None) or uri(value)


def frequency(value: Json) -> str | None:
    """A repeating interval: also of a duration, and of a term or a name that is known for one in whatever language."""
    if not isinstance(value, str):
        return None
    if _REPEATED.fullmatch(value) or re.fullmatch(_DURATION, value):
        return value if value.startswith("R") else f"R/{value}"
    term = find_term(FREQUENCY, value.removeprefix(_DUBLIN_CORE_FREQUENCY))
    return _FREQUENCIES.get(term.iri if term else value)


def language(text: Json) -> str | None:
    """A tag as it is, the code of a language that is given by its IRI or its name, else nothing."""
    if not isinstance(text, str):
        return None
    if _TAG.fullmatch(text):
        return text
    term = find_term(LANGUAGE, text)
    code = (term.iri if term else text).removeprefix(_EU_LANGUAGE).lower()
    return code if _TAG.fullmatch(code) else None


def media_type(value: Json) -> str | None:
    return value if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) else None


def like(pattern: str) -> Form:
    """The form of a text that a pattern describes."""
    fits = re.compile(pattern).search
    return lambda value: value if isinstance(value, str) and fits(value) else None
