"""Small records for tests: ``dataset(123, title="…")`` as the draft's JSON, or as an entity."""

from __future__ import annotations

from typing import Any

from dcip_server.entities import Dataset
from dcip_server.formats.dcip import parse_dataset

#: How sources write the one licence https://creativecommons.org/licenses/by/4.0/.
SPELLINGS_OF_CC_BY_4 = (
    "https://creativecommons.org/licenses/by/4.0/deed.fr",
    "http://www.creativecommons.org/licenses/by/4.0",
    "https://creativecommons.org/licenses/by/4.0/legalcode.de",
    "https://spdx.org/licenses/CC-BY-4.0",
    "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
)


def record(id: str | int = "1", **keys: Any) -> dict[str, Any]:
    """A Dataset object of the draft; ``keys`` win over what is filled in."""
    return {
        "id": id,
        "title": f"Dataset {id}",
        "license": "cc-by",
        "resources": [{"resource_type": "file", "url": f"https://data.example/{id}.csv", "format": "CSV"}],
        **keys,
    }


def dataset(id: str | int = "1", **keys: Any) -> Dataset:
    """The same as an entity."""
    return parse_dataset(record(id, **keys))
