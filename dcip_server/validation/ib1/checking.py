"""What all checks of a file share: its nodes by subject, its entries, and the findings so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dcip_server.formats.rdf.terms import is_iri, is_literal, literal_text
from dcip_server.namespaces import DCAT, RDF
from dcip_server.validation.context import Context, Fetcher
from dcip_server.validation.ib1.documents import Parsed
from dcip_server.validation.ib1.rules import RULES, Letter
from dcip_server.validation.ib1.terms import (
    CLASS_BASE,
    DATASET,
    IB1,
    SERIES,
    SERIES_ALIAS,
    SERVICE,
    plain,
    resembles_entry_class,
    short,
)  # fmt: skip
from dcip_server.validation.report import Entry, Finding, Report, Severity

#: Largest document that a rule needs, in bytes (IB1-H-12).
MAX_DOCUMENT_BYTES = 2 << 20


class Checking:
    """One file being checked. Subjects and values are N-Triples terms; findings have their plain text."""

    def __init__(self, parsed: Parsed, profile: Letter, context: Context, file: str) -> None:
        self.parsed = parsed
        self.by_subject = parsed.by_subject
        self.profile = profile
        self.context = context
        self.file = file
        self.findings: list[Finding] = []
        self.unchecked: set[str] = set()
        self.legacy: set[str] = set()
        self._refused: set[str] = set()
        types: dict[str, set[str]] = defaultdict(set)
        for subject, pairs in self.by_subject.items():
            for predicate, object in pairs:
                if predicate == RDF.type:
                    types[subject].add(object)
        self.types = types
        true = {DATASET, SERVICE, SERIES, SERIES_ALIAS}
        self.series = [s for s, found in types.items() if found & {SERIES, SERIES_ALIAS}]
        in_series = set(self.series)
        self.datasets = [s for s, found in types.items() if DATASET in found and s not in in_series]
        self.services = [
            s for s, found in types.items() if SERVICE in found and DATASET not in found and s not in in_series
        ]
        self.lookalikes = [
            s for s, found in types.items() if not found & true and any(map(resembles_entry_class, found))
        ]
        self.entries = [*self.datasets, *self.services, *self.series, *self.lookalikes]

    # --- reading ---

    def values(self, subject: str, *predicates: str) -> list[str]:
        """The objects of any of the predicates, in document order."""
        return [o for p, o in self.by_subject.get(subject, ()) if p in predicates]

    def texts(self, subject: str, *predicates: str) -> list[str]:
        """Literals that are not blank."""
        return [v for v in self.values(subject, *predicates) if is_literal(v) and literal_text(v).strip()]

    def has_text(self, subject: str, predicate: str) -> bool:
        """Whether a literal is among the values: IB1-C-14 then stands in for other findings about the property."""
        return any(map(is_literal, self.values(subject, predicate)))

    def distributions(self, dataset: str) -> list[str]:
        """Objects of dcat:distribution that are no literals."""
        return [v for v in self.values(dataset, DCAT.distribution) if not is_literal(v)]

    def described(self, entry: str) -> Iterator[str]:
        """The entry and every node below it that is no entry itself."""
        others = self._entry_set
        seen = {entry}
        waiting = [entry]
        while waiting:
            node = waiting.pop()
            yield node
            for _, object in self.by_subject.get(node, ()):
                if object in self.by_subject and object not in seen and object not in others:
                    seen.add(object)
                    waiting.append(object)

    @property
    def _entry_set(self) -> set[str]:
        found: set[str] | None = getattr(self, "_entries_cached", None)
        if found is None or len(found) != len(self.entries):
            found = self._entries_cached = set(self.entries)
        return found

    def sensitivity(self, entry: str) -> str:
        """``IB1-O``, ``IB1-SA`` or ``IB1-SB`` as the profile accepts it, else ``""``."""
        values = self.values(entry, IB1.sensitivityClass)
        if len(values) != 1:
            return ""
        (value,) = values
        text = plain(value)
        if is_iri(value):
            if text == CLASS_BASE + "IB1-O":
                return "IB1-O"
            if self.profile == "O":
                return ""
            for base in (CLASS_BASE, IB1.iri):
                if text.startswith(base) and text.removeprefix(base) in ("IB1-O", "IB1-SA", "IB1-SB"):
                    return text.removeprefix(base)
            return ""
        return text if self.profile == "M" and is_literal(value) and text in ("IB1-O", "IB1-SA", "IB1-SB") else ""

    # --- finding ---

    def find(
        self, rule: str, entry: str | None, property: str, message: str, value: str = "", *, subject: str | None = None,
        severity: Severity | None = None, line: int | None = None,
    ) -> None:  # fmt: skip
        """Record a finding about an entry (``None``: nobody is refused), at the node ``subject`` where that is another."""
        kind = severity or RULES[rule].severity(self.profile)
        if kind is None:
            return
        node = subject if subject is not None else entry if entry is not None else self.file
        name = short(property) if property.startswith("<") else property
        shown = plain(value) if value[:1] in ("<", "_", '"') and value[-1:] != "" and _is_term(value) else value
        self.findings.append(Finding(rule, kind, self.name(node), name, shown, message, line))
        if kind == "E" and entry is not None:
            self._refused.add(entry)

    def name(self, node: str) -> str:
        """How a node is called in the report."""
        return (plain(node) or self.file) if _is_term(node) else node

    def report(self) -> Report:
        """The report of all that was found."""
        entries = [Entry(self.name(entry), entry not in self._refused) for entry in self.entries]
        return Report.of(entries, self.findings, self.unchecked)

    # --- the network ---

    def document(self, fetcher: Fetcher, url: str, entry: str, property: str) -> bytes | None:
        """A document that a rule needs, or ``None`` with a finding of IB1-H-12."""
        answer = fetcher.request("GET", url, MAX_DOCUMENT_BYTES)
        if answer.error == "private":
            self.find("IB1-H-10", entry, property, f"{short(property)} <{url}> is not a public address.", url)
            return None
        if answer.error or answer.status != 200:
            why = answer.error or f"status {answer.status}"
            self.find(
                "IB1-H-12",
                None,
                property,
                f"Could not fetch <{url}> ({why}); its rules were not checked.",
                url,
                subject=entry,
            )
            return None
        return answer.body


def _is_term(value: str) -> bool:
    return (value[:1] == "<" and value[-1:] == ">") or value[:2] == "_:" or (value[:1] == '"' and '"' in value[1:])


def one_of(values: Iterable[str]) -> str:
    """Values for a message."""
    return ", ".join(f"<{plain(v)}>" if is_iri(v) else repr(plain(v)) for v in values)
