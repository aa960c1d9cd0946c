"""What answers depend on, so that the next export need not ask for those of which it is the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path

import dcip_server
from dcip_server.protocol.urls import Format
from dcip_server.settings import Settings
from dcip_server.store import Store
from dcip_server.store.contents import KnownRecord
from dcip_server.web.record_pages import CONTENT_TYPES
from dcip_server.web.related import related

#: Settings that are about reading the catalog, not about what is said of it.
_OF_NO_ANSWER = ("database_url", "list_folder", "rate_limit", "rate_limit_storage", "trusted_proxies")


def common_inputs(settings: Settings) -> str:
    """Digest of what all answers depend on: the settings, this program, and the libraries that write with it."""
    said = {name: value for name, value in asdict(settings).items() if name not in _OF_NO_ANSWER}
    return hashlib.sha256((json.dumps(said, sort_keys=True) + _program()).encode()).hexdigest()


@lru_cache(maxsize=1)
def _program() -> str:
    digest = hashlib.sha256()
    help_texts = Path(str(resources.files("dcip_server.help_texts")))
    for folder in (Path(dcip_server.__file__).parent, help_texts):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(folder)}\n".encode())
                digest.update(path.read_bytes())
    installed = sorted({f"{found.name} {found.version}" for found in metadata.distributions()})
    digest.update("\n".join(installed).encode())
    return digest.hexdigest()


def record_state(store: Store, record: KnownRecord) -> str:
    """Digest of what a record's answers depend on: its history and sources, and the records that its page leads to.

    An id that ends like an extension is another record's address in that format, if there is one.
    """
    entity, id = record.entity, record.id
    history = store.find_history(entity, id)
    parts: list[object] = [history]
    if record.is_live:
        parts.append(sorted(store.live_ids(entity, (f"{id}.{extension}" for extension in CONTENT_TYPES))))
        found = store.find_representation(entity, id, Format.JSON)
        if found is not None and history is not None:
            parts.append(related(store, entity, json.loads(found.body), history.iri))
    return digest(*parts)


def digest(*parts: object) -> str:
    """A state of these, by what they look like."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
