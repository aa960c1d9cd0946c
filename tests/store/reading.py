"""What a reader of a store sees, as plain values."""

from __future__ import annotations

import json
from typing import Any

from dcip_server.errors import DcipError
from dcip_server.protocol.urls import Format
from dcip_server.store import Delete, FileSlice, Put, Store

ENDPOINT = "http://catalog.example/rest"


class Heard:
    """A listener of ``Store.revise`` that goes on: what was refused, and why."""

    def __init__(self) -> None:
        self.refused: list[Put | Delete] = []
        self.reasons: list[str] = []

    def __call__(self, change: Put | Delete, error: DcipError) -> None:
        self.refused.append(change)
        self.reasons.append(str(error))


def whole(slice: FileSlice) -> bytes:
    """The slice's bytes, which are as many as it says."""
    try:
        body = b"".join(slice)
    finally:
        slice.close()
    assert len(body) == slice.size
    return body


def list_bytes(store: Store, format: Format = Format.JSON, entity: str = "dataset") -> bytes:
    return whole(store.change_list(entity, format, ENDPOINT))


def since_bytes(store: Store, after: int | str, format: Format = Format.JSON) -> bytes:
    return whole(store.changes_since("dataset", format, ENDPOINT, after))


def entries(store: Store) -> list[dict[str, Any]]:
    """The change list."""
    found: list[dict[str, Any]] = json.loads(list_bytes(store))
    return found


def entries_since(store: Store, after: int | str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(since_bytes(store, after))
    return found


def changes(store: Store) -> list[tuple[str | int, str]]:
    """Id and change type of every entry of the change list, in its order."""
    return [(entry["id"], entry["change_type"]) for entry in entries(store)]


def body(store: Store, id: str | int, format: Format = Format.JSON) -> bytes | None:
    """The stored bytes of a live record, or ``None``."""
    found = store.find_representation("dataset", str(id), format)
    return None if found is None else found.body


def read(store: Store, id: str | int) -> dict[str, Any] | None:
    """A live record's JSON, or ``None``."""
    found = body(store, id)
    return None if found is None else json.loads(found)


def found_ids(store: Store, attribute: str, value: str, **window: int) -> list[str | int]:
    """The ids of a look-up's answer, in its order."""
    return [entry.id for entry in store.look_up("dataset", attribute, value, **window)]


def snapshot(store: Store) -> tuple[object, ...]:
    """All that a write could change, as a reader sees it."""
    ids = [id for id, _ in changes(store)]
    return (store.state(), list_bytes(store), [(body(store, id), body(store, id, Format.N3)) for id in ids])
