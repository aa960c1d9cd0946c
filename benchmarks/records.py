"""Records of the size that catalogs hold, the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

WORDS = (  # noqa: SIM905 - reads better as text
    "air quality rainfall traffic census budget school forest river land registry energy water health road building"
    " election tourism waste noise harbour railway vineyard library museum tariff income birth housing permit"
).split()


def records(count: int) -> Iterator[dict[str, Any]]:
    """Records in the draft's JSON, about 1.6 kB each, with one to five resources."""
    chance = random.Random(2012)
    for number in range(count):
        words = chance.sample(WORDS, 8)
        west, south = round(chance.uniform(-10, 20), 3), round(chance.uniform(36, 60), 3)
        yield {
            "id": f"dataset-{number:07}",
            "title": f"{' '.join(words[:4]).capitalize()} {2000 + number % 26}",
            "license": chance.choice(
                ("cc-by-4.0", "cc0-1.0", "odbl-1.0", "https://www.etalab.gouv.fr/licence-ouverte")
            ),
            "resources": [_resource(number, part, words) for part in range(chance.randint(1, 5))],
            "name": f"{words[0]}-{words[1]}-{number}",
            "author": f"Department of {words[4]}",
            "maintainer": f"Office for {words[5]}",
            "tags": sorted(words[:6]),
            "spatial": {
                "type": "Polygon",
                "coordinates": [
                    [[west, south], [west + 2, south], [west + 2, south + 1], [west, south + 1], [west, south]]
                ],
            },
            "temporal": f"{2000 + number % 20}-01-01/{2001 + number % 20}-12-31",
            "version": f"1.{number % 10}",
            "description": " ".join(chance.choices(WORDS, k=60)),
            "landing_page": f"https://data.example.org/dataset/{number}",
        }


def _resource(number: int, part: int, words: list[str]) -> dict[str, Any]:
    return {
        "resource_type": "file",
        "url": f"https://data.example.org/files/{number}/{part}-{words[part]}.csv",
        "format": "CSV",
        "size": 1000 * number + part,
        "title": f"{words[part].capitalize()}, part {part}",
        "mimetype": "text/csv",
    }


def ndjson(count: int) -> Iterator[bytes]:
    """The records as lines."""
    return (json.dumps(record).encode() + b"\n" for record in records(count))
