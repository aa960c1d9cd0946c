"""RDF terms as N-Triples strings: made here, read here."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

import pyoxigraph

from dcip_server.addresses import authority_of
from dcip_server.entities import Triple
from dcip_server.errors import RecordError
from dcip_server.namespaces import RDF, XSD

_ILLEGAL_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')
# Dot segments are left out: parsers take them away, and the IRI would not come back as it went.
_IRI_REST = r'(?!.*/\.{1,2}(?:[/?#]|$))[^\x00-\x20<>"{}|\\^`\ud800-\udfff]+'
#: What most IRIs are: nothing in them has to be looked at.
_SURELY_VALID = re.compile(
    r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9._~!$&'()*+,;=:@/-]*(?:[?#][A-Za-z0-9._~!$&'()*+,;=:@/-]*)?"
)
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:" + _IRI_REST)
_WEB_IRI = re.compile(r"https?://" + _IRI_REST, re.IGNORECASE)
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
#: With a host, if any, of plain characters.
_SURELY_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:(?!//[^/?#\[\]\u0080-\U0010ffff]*+[\[\]\u0080-\U0010ffff])")
_ESCAPE = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_ESCAPE |= {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF) if code not in _ESCAPE}
_NEEDS_ESCAPE = re.compile(r"""[\x00-\x1f\x7f"\\\ufffe\uffff]""")
_IS_RARE = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")
_UNESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def iri(text: str) -> str:
    """The term for an IRI; what no IRI may hold is percent-encoded, so that every parser reads it."""
    if _SURELY_VALID.fullmatch(text):
        return f"<{text}>"
    if _ILLEGAL_IN_IRI.search(text):
        text = _ILLEGAL_IN_IRI.sub(lambda match: quote(match[0], safe=""), text)
    if _is_valid(text) or not _SCHEME.match("<" + text):
        return f"<{text}>"
    return f"<{_repaired(text)}>"


def _repaired(text: str) -> str:
    """An IRI that is malformed as a whole: bad escapes, brackets, a second fragment, a port that is none."""
    scheme, _, rest = text.partition(":")
    rest = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", rest)
    path, mark, fragment = rest.partition("#")
    rest = quote(path + mark, safe=_IRI_SAFE + "#") + quote(fragment, safe=_IRI_SAFE)
    if not _is_valid(f"{scheme}:{rest}"):
        rest = quote(rest, safe="/%")
    return f"{scheme}:{rest}"


_IRI_SAFE = "/?:@!$&'()*+,;=%~"


def _is_valid(text: str) -> bool:
    try:
        pyoxigraph.NamedNode(text)
    except ValueError:
        return False
    return True


def is_absolute_iri(text: str) -> bool:
    """Whether the text is an absolute IRI as it stands."""
    if _SURELY_VALID.fullmatch(text) and "/." not in text:
        return True
    return _ABSOLUTE_IRI.fullmatch(text) is not None and _is_valid(text)


def is_web_iri(text: str) -> bool:
    """Whether the text is an http or https IRI as it stands."""
    if _SURELY_VALID.fullmatch(text) and "/." not in text:
        return True
    return _WEB_IRI.fullmatch(text) is not None and _is_valid(text)


_ADDRESS = re.compile(r"(?:https?|ftps?)://[^/?#\s]", re.IGNORECASE)
_FURTHER_ADDRESS = re.compile(r"\s[a-z]+://", re.IGNORECASE)


def address_of(text: str) -> str:
    """The IRI of an address of the web, or of a file server, that is written with blanks or other characters that no IRI holds.

    ``""`` for what is none, for example several addresses in one text.
    """
    text = text.strip()
    if not _ADDRESS.match(text) or _FURTHER_ADDRESS.search(text) or not authority_of(text):
        return ""
    found = iri_text(iri(text))
    return found if is_absolute_iri(found) else ""


def literal(text: str, datatype: str = "") -> str:
    """The term for a literal, plain or of a datatype (itself a term)."""
    # Most text is printable and without quotes, and that is told faster than by the expression.
    if ('"' in text or "\\" in text or not text.isprintable()) and _NEEDS_ESCAPE.search(text):
        text = text.translate(_ESCAPE) if _IS_RARE.search(text) else text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"^^{datatype}' if datatype else f'"{text}"'


def is_iri(term: str) -> bool:
    return term[0] == "<"


def is_relative(term: str) -> bool:
    """Whether the term is an IRI without a scheme, or one whose host nobody can read: neither names anything by itself."""
    if term[0] != "<" or _SURELY_ABSOLUTE.match(term):
        return False
    return not _SCHEME.match(term) or authority_of(iri_text(term)) is None


def is_blank(term: str) -> bool:
    return term[0] == "_"


def is_literal(term: str) -> bool:
    return term[0] == '"'


def iri_text(term: str) -> str:
    """The IRI inside an IRI term."""
    return term[1:-1]


def literal_text(term: str) -> str:
    """The text inside a literal term, escapes resolved."""
    text = term[1 : term.rindex('"')]
    if "\\" not in text:
        return text
    return _UNESCAPE.sub(_resolve_escape, text)


def _resolve_escape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return _ESCAPED.get(match[3], match[3])


def text_of(term: str) -> str:
    """What a term says: a literal's text, an IRI; nothing for a blank node, whose label is the file's own."""
    return literal_text(term) if is_literal(term) else iri_text(term) if is_iri(term) else ""


def literal_language(term: str) -> str:
    """The language tag of a literal term in lower case, or ``""``."""
    suffix = term[term.rindex('"') + 1 :]
    return suffix[1:].lower() if suffix.startswith("@") else ""


def literal_datatype(term: str) -> str:
    """The datatype of a literal term, itself a term; ``""`` for plain and language-tagged text."""
    suffix = term[term.rindex('"') + 1 :]
    return suffix[2:] if suffix.startswith("^^") else ""


def check_languages(triples: Iterable[Triple]) -> None:
    """Raise :class:`RecordError` for a language tag that is none (BCP 47): strict readers refuse the document."""
    for _, _, object in triples:
        if object[0] == '"' and object[-1] != '"':
            suffix = object[object.rindex('"') + 1 :]
            if suffix == _LANG_STRING:
                raise RecordError("text typed as rdf:langString needs a language tag")
            if suffix[0] == "@" and not is_language(suffix[1:]):
                raise RecordError(f"language tag {suffix[1:]!r}: one of BCP 47 is due, such as en or de-AT")


_LANG_STRING = "^^" + RDF.langString


@lru_cache(maxsize=1024)
def is_language(tag: str) -> bool:
    """Whether the tag is one that a literal may have."""
    try:
        pyoxigraph.Literal("", language=tag)
    except ValueError:
        return False
    return "--" not in tag


# Years after 9999 are days of spreadsheets, seconds since 1970 or days without marks in all that sources write. Prehistory has more digits.
_YEAR = r"-?(?!0000)\d{4}"
_MONTH = r"-?(?!0000)(\d{4})-(0[1-9]|1[0-2])"
_CLOCK = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_BY_PRECISION = (
    (re.compile(rf"(?:{_YEAR}|-[1-9]\d{{4,5}}){_ZONE}?"), XSD.gYear),
    (re.compile(rf"{_MONTH}{_ZONE}?"), XSD.gYearMonth),
    (re.compile(rf"{_MONTH}-(\d\d){_ZONE}?"), XSD.date),
    (re.compile(rf"{_MONTH}-(\d\d)T{_CLOCK}{_ZONE}?"), XSD.dateTime),
)


@lru_cache(maxsize=4096)
def time_literal(text: str) -> str:
    """A literal for a date or time, typed by the precision it is given in.

    Plain where the text is neither, does not exist, or has a year that is surely none.
    """
    for pattern, datatype in _BY_PRECISION:
        if text.isascii() and (match := pattern.fullmatch(text)):
            day = match.groups()[2:]
            return (
                literal(text, datatype)
                if not day or _has_day(int(match[1]), int(match[2]), int(day[0]))
                else literal(text)
            )
    return literal(text)


def _has_day(year: int, month: int, day: int) -> bool:
    return 1 <= day <= monthrange(2000 + year % 400, month)[1]


def json_literal(text: str) -> str:
    """The literal that holds a JSON text."""
    return literal(text, RDF.JSON)


@lru_cache(maxsize=4096)
def cached_iri(text: str) -> str:
    """:func:`iri`, remembered: for predicates, classes and other IRIs that recur."""
    return iri(text)
