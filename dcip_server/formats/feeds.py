"""The whole catalog as one JSON document, a dataset a line: what each such feed puts around and makes of the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dcip_server.entities import Json
from dcip_server.formats import dcat_us, pod
from dcip_server.formats.dcip import pruned

_VERSION = "https://project-open-data.cio.gov/v1.1/schema"


@dataclass(frozen=True, slots=True)
class Feed:
    """``head`` and ``foot`` stand around the lines, which each begin with a comma, the first with a blank in its place."""

    name: str
    head: bytes
    foot: bytes
    render: Callable[[Mapping[str, Json]], Json]

    def line(self, body: bytes) -> bytes:
        """The line of a record, from the JSON that the endpoint serves."""
        written = json.dumps(self.render(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
        return f",{written}\n".encode()


#: DCAT-US 1.1. It has no services and no series, and its catalog no other term that is ours to fill.
DATA_JSON = Feed(
    "data",
    f'{{"@context":"{_VERSION}/catalog.jsonld","@type":"dcat:Catalog","conformsTo":"{_VERSION}",'
    f'"describedBy":"{_VERSION}/catalog.json","dataset":[\n'.encode(),
    b"]}\n",
    dcat_us.render_dataset,
)

_IDS = ("id", "identifier")
#: Terms of which clients read a list, letter by letter where it is a text.
_LISTS = ("keyword", "language", "theme")


def _dataset_of_beta3(value: Mapping[str, Json]) -> dict[str, Json]:
    """A record in the JSON of DCIP 1.0-beta-3: it says ``id``, its client reads ``identifier``; both are text."""
    id = str(value["id"])
    written = pod.render_record(value)
    for key in _LISTS:
        if isinstance(written.get(key), str):
            written[key] = [written[key]]
    return {"id": id, "identifier": id, **pruned({key: item for key, item in written.items() if key not in _IDS})}


#: DCIP 1.0-beta-3.
DCIP_JSON = Feed("dcip", b"[\n", b"]\n", _dataset_of_beta3)
