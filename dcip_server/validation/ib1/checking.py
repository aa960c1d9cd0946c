"""What all checks of a file share: its nodes by subject, its entries, and the findings so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from dcip_server.formats.ib1_graph import CLASS_BASE
from dcip_server.formats.rdf.terms import is_iri, is_literal, literal_text
from dcip_server.namespaces import DCAT, IB1, RDF
from dcip_server.validation.context import Context, Fetcher
from dcip_server.validation.ib1.documents import Parsed
from dcip_server.validation.ib1.rules import RULES, Letter
from dcip_server.validation.ib1.terms import (
    DATASET,
    SERIES,
    SERIES_ALIAS,
    SERVICE,
    plain,
    resembles_entry_class,
    short,
)
from dcip_server.validation.report import Entry, Finding, Report, Severity

#: Largest document that a rule needs, in bytes (IB1-H-12).
MAX_DOCUMENT_BYTES = 2 << 20


class Checking:
    """One file being checked. Subjects and values are N-Triples terms; findings have their plain text.

    ``datasets``, ``services`` and ``series`` are entries; ``lookalikes`` and those that are ``empty`` are counted as such, but
    there is nothing to be checked. What is in the legacy form is in ``legacy``.
    """

    def __init__(self, parsed: Parsed, profile: Letter, context: Context, file: str) -> None:
        self.parsed = parsed
        self.by_subject = parsed.by_subject
        self.profile = profile
        self.context = context
        self.file = file
        self.findings: list[Finding] = []
        self.unchecked: set[str] = set()
        self.legacy: dict[str, None] = {}
        self._refused: set[str] = set()
        self.datasets: list[str] = []
        self.services: list[str] = []
        self.series: dict[str, None] = {}
        self.lookalikes: list[str] = []
        self.empty: list[str] = []
        for subject, said in self.by_subject.items():
            if types := said.get(RDF.type):
                self._classify(subject, types)

    def _classify(self, subject: str, types: Mapping[str, None]) -> None:
        if SERIES in types or SERIES_ALIAS in types:
            self.series[subject] = None
        elif DATASET in types:
            self.datasets.append(subject)
        elif SERVICE in types:
            self.services.append(subject)
        elif any(map(resembles_entry_class, types)):
            self.lookalikes.append(subject)

    @property
    def entries(self) -> list[str]:
        """All entries of the file, refused ones as well."""
        return [*self.datasets, *self.services, *self.series, *self.lookalikes, *self.empty]

    # --- reading ---

    def objects(self, subject: str) -> Mapping[str, Collection[str]]:
        """What is said of a subject, by predicate in document order."""
        return self.by_subject.get(subject, {})

    def subjects(self, predicate: str, object: str) -> Collection[str]:
        """Of which subjects this is said."""
        if predicate not in self._inverse:
            found: dict[str, dict[str, None]] = defaultdict(dict)
            for subject, said in self.by_subject.items():
                for value in said.get(predicate, ()):
                    found[value][subject] = None
            self._inverse[predicate] = found
        return self._inverse[predicate].get(object, ())

    @cached_property
    def _inverse(self) -> dict[str, Mapping[str, Collection[str]]]:
        return {}

    def text(self, term: str) -> str:
        """The text of a term: an IRI as it is written, a literal's text."""
        return plain(term)

    def types(self, subject: str) -> frozenset[str]:
        """The classes of a subject."""
        return frozenset(self.by_subject.get(subject, {}).get(RDF.type, ()))

    def values(self, subject: str, *predicates: str) -> list[str]:
        """The objects of any of the predicates."""
        said = self.by_subject.get(subject, {})
        return [value for predicate in predicates for value in said.get(predicate, ())]

    def texts(self, subject: str, *predicates: str) -> list[str]:
        """Literals that are not blank."""
        return [v for v in self.values(subject, *predicates) if is_literal(v) and literal_text(v).strip()]

    def distributions(self, dataset: str) -> list[str]:
        """Objects of dcat:distribution that are no literals."""
        return [value for value in self.values(dataset, DCAT.distribution) if not is_literal(value)]

    @cached_property
    def datasets_of(self) -> Mapping[str, list[str]]:
        """The datasets of each node that is linked as a distribution, described or not."""
        found: dict[str, list[str]] = defaultdict(list)
        for dataset in self.datasets:
            for node in self.distributions(dataset):
                found[node].append(dataset)
        return found

    @cached_property
    def _entry_set(self) -> frozenset[str]:
        return frozenset(self.entries)

    def described(self, entry: str) -> Iterator[str]:
        """The entry and every node below it that is no entry itself."""
        others = self._entry_set
        seen = {entry}
        waiting = [entry]
        while waiting:
            node = waiting.pop()
            yield node
            for values in self.by_subject.get(node, {}).values():
                for value in values:
                    if value in self.by_subject and value not in seen and value not in others:
                        seen.add(value)
                        waiting.append(value)

    def sensitivity(self, entry: str) -> str:
        """``IB1-O``, ``IB1-SA`` or ``IB1-SB`` as the profile accepts it, else ``""``."""
        values = self.values(entry, IB1.sensitivityClass)
        if len(values) != 1:
            return ""
        (value,) = values
        if self.profile == "O":
            return "IB1-O" if value == f"<{CLASS_BASE}IB1-O>" else ""
        text = plain(value)
        if is_iri(value):
            text = next((text.removeprefix(base) for base in (CLASS_BASE, IB1.iri) if text.startswith(base)), "")
        return text if text in ("IB1-O", "IB1-SA", "IB1-SB") else ""

    # --- finding ---

    def find(
        self, rule: str, node: str, about: str, message: str, value: str = "", *, entry: str = "",
        severity: Severity | None = None, line: int | None = None,
    ) -> None:  # fmt: skip
        """Record what is wrong with a node; an error refuses the ``entry`` that it belongs to, or is.

        ``about`` is a property or a path of keys. Nothing is recorded of a rule that does not apply in the profile.
        """
        kind = severity or RULES[rule].severity(self.profile)
        if kind is None:
            return
        name = short(about) if about.startswith("<") else about
        self.findings.append(Finding(rule, kind, self.name(node), name, _shown(value), message, line))
        if kind == "E":
            self._refused.add(entry or node)

    def name(self, node: str) -> str:
        """How a node is called in the report."""
        return (plain(node) or self.file) if _is_term(node) else node

    def report(self) -> Report:
        """The report of all that was found."""
        entries = [Entry(self.name(entry), entry not in self._refused) for entry in self.entries]
        return Report.of(entries, self.findings, self.unchecked)

    # --- the network ---

    def document(self, fetcher: Fetcher, url: str, entry: str, about: str) -> bytes | None:
        """A document that a rule needs, or ``None`` with a finding."""
        answer = fetcher.request("GET", url, MAX_DOCUMENT_BYTES)
        # Where a Scheme's own document lies is not the entry's fault.
        if answer.error == "private" and about != IB1.scheme:
            self.find("IB1-H-10", entry, about, f"{short(about)} <{url}> is not a public address.", url)
            return None
        if answer.error or answer.status != 200:
            why = answer.error or f"status {answer.status}"
            said = f"Could not fetch <{url}> of {short(about)} ({why}); its rules were not checked."
            self.find("IB1-H-12", entry, about, said, url)
            return None
        return answer.body


def _is_term(value: str) -> bool:
    return (value[:1] == "<" and value[-1:] == ">") or value[:2] == "_:" or (value[:1] == '"' and '"' in value[1:])


def _shown(value: str) -> str:
    return plain(value) if _is_term(value) else value


def one_of(values: Iterable[str]) -> str:
    """Values for a message: as many, and of each as much, as can be read."""
    values = list(values)
    shown = [f"<{plain(value)}>" if is_iri(value) else repr(plain(value)) for value in values[:_MOST_SHOWN]]
    said = ", ".join(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…" for text in shown)
    return said if len(values) <= _MOST_SHOWN else f"{said} and {len(values) - _MOST_SHOWN} more"


_MOST_SHOWN = 20
_LONGEST_SHOWN = 120
