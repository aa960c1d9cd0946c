"""A file's bytes to a graph or a legacy list (rules F): which format it is, and what is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dcip_server.entities import Triple
from dcip_server.errors import SourceError
from dcip_server.formats.ib1_content import InlineContext
from dcip_server.formats.plain_values import ValueRefusedError, load_json, load_yaml
from dcip_server.formats.rdf.parse import parse_as_written, remote_context
from dcip_server.formats.rdf.xml_documents import RefusedError
from dcip_server.namespaces import IB1
from dcip_server.validation.ib1.rules import Letter
from dcip_server.validation.ib1.terms import ALIASES
from dcip_server.validation.profiles import Submission

#: Serialisations by extension; "json" is looked into.
_BY_EXTENSION = {
    "ttl": "turtle", "rdf": "rdfxml", "xml": "rdfxml", "jsonld": "jsonld", "n3": "n3", "yaml": "yaml", "yml": "yaml",
    "json": "json",
}  # fmt: skip
#: Right Content-Types (IB1-H-04).
_BY_TYPE = {
    "text/turtle": "turtle", "application/rdf+xml": "rdfxml", "application/ld+json": "jsonld", "text/n3": "n3",
    "application/yaml": "yaml", "text/yaml": "yaml", "application/x-yaml": "yaml", "text/x-yaml": "yaml",
    "application/json": "json",
}  # fmt: skip
_OPEN = ("turtle", "rdfxml", "jsonld")
_NAMES = {
    "turtle": "Turtle", "rdfxml": "RDF/XML", "jsonld": "JSON-LD", "n3": "N3", "yaml": "The legacy YAML form",
    "json": "The legacy JSON form",
}  # fmt: skip
#: More statements than any file of the greatest size needs; a bound on memory.
_MAX_TRIPLES = 600_000


class FileRefusedError(Exception):
    """The whole file is refused by a rule."""

    def __init__(self, rule: str, message: str, line: int | None = None, value: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line
        self.value = value


@dataclass(slots=True)
class Parsed:
    """What a file holds: objects by subject and predicate, or the value of a legacy file.

    ``undeclared`` are keys with unknown prefixes, by node.
    """

    serialisation: str
    by_subject: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    legacy: Any = None
    undeclared: dict[tuple[str, str], None] = field(default_factory=dict)
    #: Nodes with ib1 terms of another namespace, and one such term.
    aliased: dict[str, str] = field(default_factory=dict)

    def add(self, subject: str, predicate: str, object: str) -> None:
        """Take a triple."""
        self.by_subject.setdefault(subject, {}).setdefault(predicate, {})[object] = None

    @property
    def is_legacy(self) -> bool:
        return self.serialisation in ("yaml", "json")


def content_type_error(header: str | None, profile: Letter) -> tuple[str, str]:
    """The serialisation that a Content-Type header names, and what is wrong with the header (IB1-H-04)."""
    if header is None or not header.strip():
        return "", "The file is served without a Content-Type; send that of its format, such as text/turtle."
    kind, _, parameters = header.partition(";")
    kind = kind.strip().lower()
    found = _BY_TYPE.get(kind, "")
    if not found or (profile == "O" and found not in _OPEN):
        return (
            "",
            f"The file is served as {kind}, expected one of text/turtle, application/rdf+xml, application/ld+json.",
        )
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8") and found != "rdfxml":
        return found, f"The file is served as {kind} with charset {charset[1]}, expected utf-8."
    return found, ""


def looks_like_another(data: bytes, serialisation: str) -> str:
    """The name of another format that the bytes plainly are, or ``""``."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_xml = re.match(rb"<\?xml|<rdf:RDF|<!DOCTYPE|<html", head, re.IGNORECASE) is not None
    is_json = re.match(rb"\{\s*\"|\[\s*\{|\{\s*\}", head) is not None
    is_turtle = re.match(rb"(#[^\n]*\n\s*)*(@prefix|@base|PREFIX\s)", head) is not None
    if serialisation == "rdfxml":
        return "JSON" if is_json else "Turtle" if is_turtle else ""
    if serialisation in ("turtle", "n3"):
        return "XML" if is_xml else "JSON" if is_json and b'"' in head[:200] and b"a dcat" not in head[:200] else ""
    if is_xml or is_turtle:
        return "XML" if is_xml else "Turtle"
    return ""


def parse(submission: Submission, profile: Letter, serialisation: str = "") -> Parsed:
    """Read a file. Raises :class:`FileRefusedError` naming the rule."""
    data = submission.data
    fetched = bool(serialisation)
    if not serialisation:
        serialisation = _find_format(submission, profile)
    if len(data) > submission.context.max_bytes:
        raise FileRefusedError(
            "IB1-F-09", f"The file is larger than {submission.context.max_bytes} bytes; split it into several files."
        )
    try:
        return _parse(data, serialisation, profile, submission.context.file_url, fetched)
    except ValueRefusedError as error:
        rule = {"malformed": "IB1-F-03", "limits": "IB1-F-07", "duplicate": "IB1-F-08"}[error.what]
        raise FileRefusedError(rule, str(error), error.line) from None
    except RefusedError as error:
        rule = {"doctype": "IB1-F-04", "formula": "IB1-F-05", "depth": "IB1-F-07", "context": "IB1-F-06"}[error.what]
        raise FileRefusedError(rule, f"{error}.", _line(str(error))) from None
    except (RecursionError, MemoryError):
        raise FileRefusedError("IB1-F-07", "The file is nested too deeply.") from None
    except SourceError as error:
        text = str(error).replace(serialisation, _NAMES[serialisation], 1)
        raise FileRefusedError("IB1-F-03", f"The file is {text}.", _line(text)) from None


def _line(text: str) -> int | None:
    found = re.search(r"\bline (\d+)", text)
    return int(found[1]) if found else None


def _find_format(submission: Submission, profile: Letter) -> str:
    kind = submission.content_type.partition(";")[0].strip().lower()
    if kind or submission.extension:
        found = _BY_TYPE.get(kind) if kind else _BY_EXTENSION.get(submission.extension)
    else:
        # Nothing is said of what comes from standard input.
        found = _plain_format(submission.data)
    name = f"A file of the type {kind}" if kind else f"A file with the extension .{submission.extension}"
    if not found or (profile == "O" and found not in (*_OPEN, "json")):
        what = _NAMES.get(found or "", name)
        wanted = "Turtle, RDF/XML or JSON-LD" + ("" if profile == "O" else ", N3, or the legacy YAML/JSON form")
        raise FileRefusedError(
            "IB1-F-01", f"{what} is not a supported format for {_profile_name(profile)}; write {wanted}."
        )
    return found


def _plain_format(data: bytes) -> str:
    """What the first bytes plainly are; Turtle where they are nothing else."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"<\?xml|<!|<[A-Za-z]+(:\w+)?[\s>]", head):
        return "rdfxml"
    if re.match(rb"[\[{]\s*[\[{\"\]}]", head):
        return "json"
    if re.match(rb"%YAML|(#[^\n]*\n\s*)*(---\s+)?-\s", head):
        return "yaml"
    return "turtle"


def _profile_name(profile: Letter) -> str:
    return "ib1-open-data" if profile == "O" else "ib1-metadata"


def _parse(data: bytes, serialisation: str, profile: Letter, base: str, fetched: bool) -> Parsed:
    if serialisation == "rdfxml":
        return _graph(parse_as_written(data, "rdfxml", base), "rdfxml", profile)
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(
            "IB1-F-03", f"The file is not valid UTF-8: line {line}, byte {error.start + 1}.", line
        ) from None
    if serialisation == "yaml":
        return Parsed("yaml", legacy=load_yaml(text))
    if serialisation in ("json", "jsonld"):
        return _parse_json(text, data, serialisation, profile, base, fetched)
    if serialisation == "n3":
        _check_n3(text)
    return _graph(parse_as_written(data, serialisation, base), serialisation, profile)


def _parse_json(text: str, data: bytes, serialisation: str, profile: Letter, base: str, fetched: bool) -> Parsed:
    value = load_json(text)
    if serialisation == "json":
        is_ld = isinstance(value, dict) and not {"@context", "@graph", "@id"}.isdisjoint(value)
        if is_ld and fetched:
            raise FileRefusedError(
                "IB1-H-04", "The file is JSON-LD served as application/json, expected application/ld+json."
            )
        if not is_ld:
            if profile == "O":
                raise FileRefusedError(
                    "IB1-F-01", "The legacy JSON form is not a supported format for ib1-open-data; write JSON-LD."
                )
            return Parsed("json", legacy=value)
    elif fetched and isinstance(value, list) and any(isinstance(item, dict) and "content" in item for item in value):
        raise FileRefusedError(
            "IB1-H-04", "The file is legacy JSON served as application/ld+json, expected application/json."
        )
    if (remote := remote_context(value)) is not None:
        raise FileRefusedError(
            "IB1-F-06", f"The remote JSON-LD context <{remote}> is not fetched; put it into the file.", value=remote
        )
    parsed = _graph(parse_as_written(data, "jsonld", base), "jsonld", profile)
    parsed.undeclared = dict.fromkeys(_undeclared(value, frozenset(), ""))
    return parsed


_NO_PREFIXES = {"http", "https", "urn", "mailto", "tag", "did", "file", "ftp", "_"}


def _undeclared(value: Any, known: frozenset[str], node: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _undeclared(item, known, node)
    elif isinstance(value, dict):
        known = known | InlineContext.of(value.get("@context")).names.keys()
        node = value["@id"] if isinstance(value.get("@id"), str) else node
        for key, below in value.items():
            if key != "@context":
                prefix, colon, rest = key.partition(":")
                if colon and not rest.startswith("//") and prefix not in known | _NO_PREFIXES and key not in known:
                    yield node, key
                yield from _undeclared(below, known, node)


_N3_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    r"|<[^<>\s=][^<>\n]*>|<>|#[^\n]*|(?P<bad>[{}]|=>|<=|@forAll\b|@forSome\b|\?[A-Za-z_]\w*)",
    re.DOTALL,
)


def _check_n3(text: str) -> None:
    for token in _N3_TOKEN.finditer(text):
        if bad := token["bad"]:
            line = text.count("\n", 0, token.start()) + 1
            raise FileRefusedError(
                "IB1-F-05",
                f"An N3 formula, rule or variable is not data: line {line} has {bad!r}; write triples only.",
                line,
                bad,
            )


_IMPLIES = "<http://www.w3.org/2000/10/swap/log#implies>"


def _graph(triples: Iterator[Triple], serialisation: str, profile: Letter) -> Parsed:
    parsed = Parsed(serialisation)
    known = [iri for iri, profiles in ALIASES.items() if profile in profiles]
    # Parsers call blank nodes at random; a report says the same of the same file.
    blank: dict[str, str] = {}
    for count, (subject, predicate, object) in enumerate(triples, 1):
        if count > _MAX_TRIPLES:
            raise FileRefusedError(
                "IB1-F-09", f"The file is larger than {_MAX_TRIPLES} statements; split it into several files."
            )
        if predicate == _IMPLIES:
            raise FileRefusedError("IB1-F-05", "An N3 rule is not data; write triples only.")
        if subject[0] == "_":
            subject = blank.setdefault(subject, f"_:b{len(blank) + 1}")
        if object[0] == "_":
            object = blank.setdefault(object, f"_:b{len(blank) + 1}")
        if "ib1.org/" in predicate:
            predicate = _canonical(parsed, subject, predicate, known)
        if "ib1.org/" in object and object[0] == "<":
            object = _canonical(parsed, subject, object, known)
        parsed.add(subject, predicate, object)
    return parsed


def _canonical(parsed: Parsed, subject: str, term: str, known: list[str]) -> str:
    for iri in ALIASES:
        if term.startswith(f"<{iri}"):
            parsed.aliased.setdefault(subject, term)
            return f"<{IB1.iri}{term[len(iri) + 1 :]}" if iri in known else term
    return term
