"""The rules that are shapes: ``shapes.ttl`` over a file's entries and their distributions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from dcip_server.namespaces import DCAT
from dcip_server.validation.ib1.checking import Checking, one_of
from dcip_server.validation.ib1.rules import RULES, Letter
from dcip_server.validation.ib1.terms import short
from dcip_server.validation.report import Severity
from dcip_server.validation.shacl import Shape, Violation, load_shapes

PROFILES: dict[Letter, str] = {"O": "ib1-open-data", "M": "ib1-metadata"}
#: What of the shapes holds for the legacy form, which has neither IRIs nor distributions.
_LEGACY = ("Named", "Entry", "Dataset")


def read_shapes() -> bytes:
    """The file, which any SHACL processor reads."""
    return files("dcip_server.validation.ib1").joinpath("shapes.ttl").read_bytes()


@cache
def shapes_of(profile: Letter) -> dict[str, tuple[Shape, ...]]:
    """The shapes of the rules that apply in a profile, by the name of what they are about."""
    return {
        name: tuple(
            shape
            for shape in shapes
            if RULES[shape.rule].severity(profile) and shape.audience in ("", PROFILES[profile])
        )
        for name, shapes in load_shapes(read_shapes()).items()
    }


def check_shapes(c: Checking) -> None:
    """Find all that does not conform; an error at a distribution refuses every dataset that has it."""
    for name, shapes in shapes_of(c.profile).items():
        if c.legacy and name not in _LEGACY:
            continue
        for focus, entries in _targets(c, name):
            for shape in shapes:
                for violation in shape.violations(c, focus):
                    for entry in entries:
                        _find(c, violation, entry)


def _targets(c: Checking, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """The nodes that a shape is about, each with its entries; ``shapes.ttl`` says the same in SPARQL."""
    described = ((node, entries) for node, entries in c.datasets_of.items() if node in c.by_subject)
    if name in ("Identified", "Named"):
        yield from _themselves(c.datasets, c.services, c.series)
    elif name == "Entry":
        yield from _themselves(c.datasets, c.services)
    elif name in ("Dataset", "LinkedDataset"):
        yield from _themselves(c.datasets)
    elif name in ("Service", "SharedService"):
        yield from _themselves(c.services)
    elif name == "DatasetSeries":
        yield from _themselves(c.series)
    elif name == "LinkedDistribution":
        yield from c.datasets_of.items()
    elif name == "References":
        entries = dict(_themselves(c.datasets, c.services))
        yield from entries.items()
        yield from ((node, owners) for node, owners in described if node not in entries)
    elif name in ("Distribution", "DistributionIri"):
        yield from described
    elif name == "AnyDistribution":
        yield from _themselves(node for node in c.by_subject if DCAT.Distribution in c.types(node))
    else:
        raise ValueError(f"nobody knows what {name} in shapes.ttl is about")


def _themselves(*groups: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    return ((node, (node,)) for group in groups for node in group)


_PLACE = re.compile(r"\{(property|value|found|count)\}")


def _find(c: Checking, violation: Violation, entry: str) -> None:
    shape, values = violation.shape, violation.values
    value = violation.value if violation.value is not None else next(iter(values), "")

    def said(place: re.Match[str]) -> str:
        if place[1] == "property":
            return short(shape.property)
        if place[1] == "count":
            return str(len(values))
        return one_of([value] if place[1] == "value" else values) or "nothing"

    severity: Severity | None = "W" if shape.is_warning else None
    message = _PLACE.sub(said, shape.message)
    c.find(shape.rule, violation.focus, shape.property, message, value, entry=entry, severity=severity)
