"""Checks of reading one dataset, in JSON and in N3 (draft, "Read Dataset API Call")."""

from __future__ import annotations

from collections.abc import Iterator

from dcip_server.conformance import n3
from dcip_server.conformance.asking import Seen
from dcip_server.conformance.checks_list import NO_LIVE
from dcip_server.conformance.evidence import Check, Evidence, Finding, free_of, or_else, shown, status_is
from dcip_server.conformance.observations import Observations, is_list
from dcip_server.protocol.answers import STATUSES


def _one_is_enough(evidence: list[Evidence]) -> Iterator[Finding]:
    """The first that is as it is due, or else all."""
    good = next((piece for piece in evidence if piece.ok), None)
    yield from or_else([good] if good else evidence, NO_LIVE)


def represented_in_json(o: Observations) -> Iterator[Finding]:
    due = "200 and a JSON object, for some dataset"
    yield from _one_is_enough([Evidence(s.record, due, s.record.describe(), s.dataset is not None) for s in o.samples])


def represented_in_n3(o: Observations) -> Iterator[Finding]:
    due = "200 and N3, for some dataset"
    yield from _one_is_enough([free_of(sample.n3, _n3_fault(sample.n3), due) for sample in o.samples])


def _n3_fault(seen: Seen) -> str:
    return n3.fault(seen) if seen.status == 200 else seen.describe()


def json_extension_gives_json(o: Observations) -> Iterator[Finding]:
    answered = [sample.record for sample in o.samples if sample.record.status == 200]
    for seen in [*answered, *([o.catalog] if o.catalog.status == 200 else [])]:
        yield free_of(seen, seen.json[1] and f"200, {seen.json[1]}", "a JSON value")
    if not answered:
        yield "no record was answered 200" if o.samples else NO_LIVE


def n3_extension_gives_n3(o: Observations) -> Iterator[Finding]:
    for sample in o.samples:
        yield free_of(sample.n3, _n3_fault(sample.n3), "200 and N3")
    by_extension, negotiated = o.lists_n3
    optional = [seen for seen in (o.catalog_n3, by_extension) if seen.status == 200]
    if n3.is_n3(negotiated) and negotiated.digest != by_extension.digest:
        optional.append(negotiated)
    for seen in optional:
        yield free_of(seen, n3.fault(seen), "N3")
    if not o.samples:
        yield NO_LIVE


def datasets_answered(o: Observations) -> Iterator[Finding]:
    for sample in o.samples:
        yield status_is(sample.record, 200)
        if sample.by_pattern is not sample.record:
            yield status_is(sample.by_pattern, 200, "the URL of the draft's pattern")
    for seen in o.record_variants:
        # Other statuses than the draft's have a rule of their own.
        if seen.status is None or seen.status in STATUSES:
            yield status_is(seen, 200, "headers make no difference")
    if not o.samples:
        yield NO_LIVE


def strange_requests_refused(o: Observations) -> Iterator[Finding]:
    for seen, what in zip(o.not_understood, ("an unknown entity type", "an unknown attribute"), strict=True):
        yield status_is(seen, 400, what)


def unknown_ids_not_found(o: Observations) -> Iterator[Finding]:
    yield status_is(o.unseen, 404, "no entity has this id")
    if any(sample.n3.status == 200 for sample in o.samples):
        yield status_is(o.unseen_n3, 404, "no entity has this id")


def too_many_requests(o: Observations) -> Iterator[Finding]:
    evidence = (status_is(seen, 429) for seen in o.asked if seen.status == 429)
    yield from or_else(evidence, "cannot be provoked from outside without overloading the server")


def crashes(o: Observations) -> Iterator[Finding]:
    evidence = (status_is(seen, 500) for seen in o.asked if seen.status == 500)
    yield from or_else(evidence, "cannot be provoked from outside")


def bodies_are_json_datasets(o: Observations) -> Iterator[Finding]:
    due = "one JSON object in UTF-8"
    answered = [sample.record for sample in o.samples if sample.record.status == 200]
    # A compressed body has a rule of its own.
    variants = [seen for seen in o.record_variants if seen.status == 200 and not seen.header("Content-Encoding")]
    for seen in answered + variants:
        value, fault = seen.json
        if not fault and not isinstance(value, dict):
            fault = f"no object: {shown(value)}"
        yield free_of(seen, fault and f"200, {fault}", due)
    if not answered:
        yield "no record was answered 200" if o.samples else NO_LIVE


def bodies_are_n3_datasets(o: Observations) -> Iterator[Finding]:
    pairs = [sample for sample in o.samples if sample.n3.status == 200 and sample.dataset is not None]
    for sample in pairs:
        dataset = sample.dataset or {}
        fault = n3.dataset_fault(sample.n3, dataset.get("id", sample.id), dataset.get("title"))
        yield free_of(sample.n3, fault, "N3 in UTF-8 with the dcat:Dataset of this id and title")
    if not pairs:
        yield "no record was answered 200 in both formats" if o.samples else NO_LIVE


def no_format_refused(o: Observations) -> Iterator[Finding]:
    kinds = ("no extension", "an extension that is no format", "an empty id")
    for seen, what in zip(o.without_format, kinds, strict=True):
        yield status_is(seen, 400, what)


def found_by_title(o: Observations) -> Iterator[Finding]:
    seen = o.look_up
    if seen is None:
        yield "no record has a title to look for"
        return
    found = seen.json[0] if is_list(seen) else []
    ids = {str(entry.get("id")) for entry in found if isinstance(entry, dict)}
    if any(str(sample.id) in ids for sample in o.samples):
        yield free_of(seen, "", "an extension: a list with the dataset of this title")
    else:
        yield f"{seen.url}: {seen.describe()}, no list with the dataset of this title"


CHECKS: dict[str, Check] = {
    "DCIP-ENT-1": represented_in_json,
    "DCIP-ENT-2": represented_in_n3,
    "DCIP-URL-2": json_extension_gives_json,
    "DCIP-URL-3": n3_extension_gives_n3,
    "DCIP-READ-1": datasets_answered,
    "DCIP-READ-2": strange_requests_refused,
    "DCIP-READ-3": unknown_ids_not_found,
    "DCIP-READ-4": too_many_requests,
    "DCIP-READ-5": crashes,
    "DCIP-READ-9": bodies_are_json_datasets,
    "DCIP-READ-10": bodies_are_n3_datasets,
    "DCIP-READ-11": no_format_refused,
    "DCIP-EXT-1": found_by_title,
}
