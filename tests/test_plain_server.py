"""Two real servers over one catalog, one with fast ways to its answers and one without: the same bytes on the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from dcip_server.store import Change, Delete, Put, Store
from tests.conftest import Server
from tests.records import dataset
from tests.spec.test_ids import IDS
from tests.spec.wire import Wire, get
from tests.test_server import ANSWERS

#: The third answer to the same request is one that was kept.
_TIMES = 3
#: Twice the time within which what another process wrote is noticed.
_NOTICED_WITHIN_S = 0.02
_HEADERS: tuple[tuple[bytes, ...], ...] = (
    (),
    (b"Accept: text/n3", b"Accept-Encoding: gzip"),
    (b'If-None-Match: "x"', b"If-Modified-Since: Sat, 01 Jan 2028 00:00:00 GMT", b"Range: bytes=0-3"),
    (b"Origin: https://script.example", b"Cookie: a=b"),
)


@pytest.fixture
def servers(serve: Callable[..., Server], sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Store, Server, Server]]:
    """An open catalog, the server with fast ways, and the one without."""
    lists = str(tmp_path / "lists")
    with Store(sqlite_url, create=True) as store:
        store.revise([Put(dataset(id)) for id in (*IDS.values(), 1, 2)])
        fast = serve(sqlite_url, fast_paths=True, DCIP_LIST_FOLDER=lists)
        plain = serve(sqlite_url, fast_paths=False, DCIP_LIST_FOLDER=lists)
        yield store, fast, plain


def _on_the_wire(wire: Wire, request: bytes) -> tuple[object, ...]:
    wire.send(request)
    answer = wire.receive()
    headers = [header for header in answer.headers if header[0] != "date"]
    return answer.version, answer.status, answer.reason, headers, answer.body


def test_real_servers_answer_every_call_and_every_id_with_the_same_bytes(
    servers: tuple[Store, Server, Server],
) -> None:
    store, fast, plain = servers
    entries = Wire(plain)
    with entries, Wire(fast) as one, Wire(plain) as other:
        urls = [entry["url"].split("/", 3)[3] for entry in entries.get("/rest/dataset/id/").json]
        assert len(urls) == len(IDS) + 2
        reads = [f"/{url.removesuffix('.json')}.{format}" for url in urls for format in ("json", "dcat.N3")]
        targets = [target for target, _, _ in ANSWERS.values()] + [path.encode("latin-1") for path in reads]
        for target in targets:
            for headers in _HEADERS:
                due = _on_the_wire(other, get(target, *headers))
                for _ in range(_TIMES):
                    assert _on_the_wire(one, get(target, *headers)) == due, (target, headers)
    assert store.state().live_records == len(IDS) + 2


def test_real_servers_answer_with_the_same_bytes_after_each_of_many_changes(
    servers: tuple[Store, Server, Server],
) -> None:
    store, fast, plain = servers
    chance = Random(2012)
    statuses, live = set(), set(range(8))
    store.revise([Put(dataset(id)) for id in live])
    with Wire(fast) as one, Wire(plain) as other:
        for number in range(60):
            ids = chance.sample(range(8), 3)
            changes: list[Change] = [Put(dataset(id, title=f"Number {number} of {id}")) for id in ids[:2]]
            changes += [Delete("dataset", id) for id in live & {ids[2]}]
            store.revise(changes)
            live = (live | set(ids[:2])) - {ids[2]}
            time.sleep(_NOTICED_WITHIN_S)
            for id in (*ids, chance.randrange(8)):
                for format in (b"json", b"dcat.N3"):
                    request = get(b"/rest/dataset/id/%d.%s" % (id, format))
                    due = _on_the_wire(other, request)
                    statuses.add(due[1])
                    for _ in range(_TIMES):
                        assert _on_the_wire(one, request) == due, (number, id)
    assert statuses == {200, 404}
