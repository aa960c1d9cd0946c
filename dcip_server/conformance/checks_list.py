"""Checks of the list of all datasets (draft, "List Dataset API Call")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from dcip_server.conformance import n3
from dcip_server.conformance.addresses import is_below, is_full_url
from dcip_server.conformance.evidence import Check, Finding, free_of, shown, some_of, status_is
from dcip_server.conformance.observations import Entry, Observations
from dcip_server.entities import Json
from dcip_server.errors import SourceError
from dcip_server.formats.dates import iso8601
from dcip_server.protocol.answers import STATUSES

_CHANGE_TYPES = ("create", "update", "delete")
NO_LIVE = "no live dataset in the list"
NO_DELETED = "no deleted dataset in the list"


def list_answered(o: Observations) -> Iterator[Finding]:
    due = "200 and a JSON array of objects"
    if o.entries is None:
        for seen in o.list_tries:
            yield free_of(seen, seen.describe() if seen.status != 200 else seen.json[1] or "JSON, but no array", due)
        return
    faults = [f"entry {number} is {shown(entry)}" for number, entry in _numbered(o) if not isinstance(entry, dict)]
    yield free_of(o.change_list, some_of(faults, len(o.entries)), due, f"200, a JSON array of {len(o.entries)} entries")
    for seen in o.list_variants:
        if seen.status != 200:
            # Other statuses than the draft's have a rule of their own.
            if seen.status in STATUSES or seen.status is None:
                yield status_is(seen, 200)
        elif seen.digest != o.change_list.digest and not seen.header("Content-Encoding"):
            yield free_of(seen, seen.json[1] and f"200, {seen.json[1]}", "200 and the whole list")


def _numbered(o: Observations) -> Iterator[tuple[int, Json]]:
    return enumerate(o.entries or (), 1)


def _each_entry(o: Observations, due: str, fault_of: Callable[[Entry], str]) -> Iterator[Finding]:
    """One piece of evidence for all entries; ``fault_of`` gives what is wrong with one, or ``""``."""
    if not o.entries:
        yield "there is no list" if o.entries is None else "the list is empty"
        return
    faults = [
        f"entry {number} (id {shown(entry.get('id'))}): {fault}"
        for number, entry in _numbered(o)
        if isinstance(entry, dict) and (fault := fault_of(entry))
    ]
    yield free_of(o.change_list, some_of(faults, len(o.entries)), due, f"{len(o.entries)} entries, all as due")


def entries_have_ids(o: Observations) -> Iterator[Finding]:
    known: set[str] = set()

    def fault_of(entry: Entry) -> str:
        if "id" not in entry:
            return "no id"
        id = entry["id"]
        if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
            return f"id is {shown(id)}"
        if str(id) in known:
            return "the id is there a second time"
        known.add(str(id))
        return ""

    yield from _each_entry(o, "an id in each entry, string or integer, no two alike", fault_of)
    for sample in o.samples:
        id = (sample.dataset or {}).get("id")
        if str(id) == str(sample.id):
            fault = "" if type(id) is type(sample.id) else f"the record has {shown(id)}, the list {shown(sample.id)}"
            yield free_of(sample.record, fault, "the list's id, of the same type", f"id {shown(id)}")


def entries_have_change_types(o: Observations) -> Iterator[Finding]:
    def fault_of(entry: Entry) -> str:
        return "" if entry.get("change_type") in _CHANGE_TYPES else _is(entry, "change_type")

    yield from _each_entry(o, f"change_type: {', '.join(_CHANGE_TYPES[:2])} or {_CHANGE_TYPES[2]}", fault_of)


def _is(entry: Entry, key: str) -> str:
    return f"{key} is {shown(entry[key])}" if key in entry else f"no {key}"


def is_date(value: Json) -> bool:
    """Whether a value is a date or time in ISO 8601; a space may stand for the ``T``, as in the draft's example."""
    if not isinstance(value, str):
        return False
    try:
        return iso8601(value) is not None or bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def entries_have_dates(o: Observations) -> Iterator[Finding]:
    def fault_of(entry: Entry) -> str:
        return "" if is_date(entry.get("modified")) else _is(entry, "modified")

    yield from _each_entry(o, "modified: a date or time", fault_of)


def entries_have_urls(o: Observations) -> Iterator[Finding]:
    def fault_of(entry: Entry) -> str:
        url = entry.get("url")
        if not is_full_url(url):
            return _is(entry, "url")
        if not is_below(str(url), o.endpoint):
            return f"url {url} is not below {o.endpoint}"
        return "" if str(url).endswith(".json") else f"url {url} is not of the list's serialisation"

    yield from _each_entry(o, f"url: a full URL below {o.endpoint}, ending in .json", fault_of)
    for sample in o.samples:
        if sample.dataset is not None:
            id = sample.dataset.get("id")
            fault = "" if str(id) == str(sample.id) else f"a dataset with the id {shown(id)}"
            yield free_of(sample.record, fault, f"the dataset with the id {shown(sample.id)}", f"id {shown(id)}")
    yield from _n3_lists_have_urls(o)


def _n3_lists_have_urls(o: Observations) -> Iterator[Finding]:
    wanted = {sample.n3.url for sample in o.samples if sample.n3.status == 200}
    for seen in o.lists_n3:
        if wanted and n3.is_n3(seen):
            try:
                missing = n3.not_named(seen, wanted)
            except SourceError:
                # That it is not N3 is found under the rule on its extension.
                continue
            fault = some_of([f"{url} is not in it" for url in sorted(missing)], len(wanted))
            came = f"{len(wanted)} URLs looked for, all in it"
            yield free_of(seen, fault, "the full .dcat.N3 URL of each dataset", came)


def entries_have_revisions(o: Observations) -> Iterator[Finding]:
    def fault_of(entry: Entry) -> str:
        return "" if entry.get("revision") not in (None, "") else "no revision"

    yield from _each_entry(o, "a revision in each entry", fault_of)


def entries_hold(o: Observations) -> Iterator[Finding]:
    for sample in o.samples:
        yield status_is(sample.record, 200, "it is listed, and not as deleted")
    for seen in o.deleted:
        yield status_is(seen, 404, "it is listed as deleted")
    if not o.samples:
        yield NO_LIVE
    if not o.deleted:
        yield NO_DELETED


CHECKS: dict[str, Check] = {
    "DCIP-LIST-1": list_answered,
    "DCIP-LIST-2": entries_have_ids,
    "DCIP-LIST-3": entries_have_change_types,
    "DCIP-LIST-4": entries_have_dates,
    "DCIP-LIST-5": entries_have_urls,
    "DCIP-LIST-6": entries_have_revisions,
    "DCIP-LIST-7": entries_hold,
}
