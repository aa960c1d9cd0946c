"""A catalog as people search it: words by Zipf's law in several languages, values as unequal as in real catalogs.

The same in every run. A word's frequency falls with its rank, as in any natural text: the first occurs in nearly
every description, most in a handful of records.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

_SEED = 1970
_FIRST_DAY, _DAYS = date(2011, 11, 1), 15 * 365


class Zipf:
    """Draws items, the one at rank ``n`` with a frequency of ``1 / (n + shift)``."""

    def __init__(self, items: Sequence[str], shift: float = 1.0) -> None:
        self.items = items
        self._sums = list(accumulate(1 / (rank + shift) for rank in range(1, len(items) + 1)))

    def draw(self, chance: random.Random) -> str:
        """One item."""
        return self.items[bisect(self._sums, chance.random() * self._sums[-1])]

    def draw_some(self, chance: random.Random, count: int) -> list[str]:
        """Several items, which may repeat."""
        return [self.draw(chance) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class _Language:
    code: str
    share: float
    words: int
    syllables: str


#: Made-up words: what counts is how many there are and how often they come.
_LANGUAGES = (
    _Language("en", 0.45, 30_000, "wa ter ri ver air qua li ty pop ula tion ro ad map land use sur vey pla ning en gy th st"),
    _Language("fr", 0.18, 15_000, "eau qua li té ré gion dé par te ment œu vre ho raire trans port éco le bud get ça ma rie"),
    _Language("de", 0.17, 15_000, "was ser stra ße bau plan grün flä che ver kehr luft gü te amt lich ein woh ner zahl schu"),
    _Language("pl", 0.08, 8_000, "wo da po wie trze mia sto łą ka dro ga spo łe czny urz ąd ści żka rze ka gmi na lud ność"),
    _Language("el", 0.05, 5_000, "νε ρό πό λη δή μος χάρ της ποι ότη τα αέ ρας δρό μοι πλη θυ σμός έρ γα σχο λεί ο"),
    _Language("ru", 0.04, 5_000, "во да го род ре ка кар та до ро га на се ле ние шко ла бюд жет воз дух ка чес тво"),
    _Language("ja", 0.03, 2_000, "水 質 河 川 道 路 人 口 地 図 学 校 予 算 大 気 環 境 都 市 計 画 統 計"),
)  # fmt: skip
_LICENSES = (
    "cc-by-4.0", "notspecified", "https://www.etalab.gouv.fr/licence-ouverte", "cc0-1.0", "odbl-1.0",
    "https://www.govdata.de/dl-de/by-2-0", "cc-by-sa-4.0", "https://www.govdata.de/dl-de/zero-2-0", "uk-ogl-3.0",
    "cc-by-3.0", "other-open", "cc-by-nc-4.0", "odc-by-1.0", "pddl-1.0", "other-closed",
)  # fmt: skip
_FORMATS = (
    "CSV", "JSON", "PDF", "XLSX", "WMS", "ZIP", "HTML", "SHP", "GeoJSON", "XML", "WFS", "KML", "XLS", "TXT", "GPKG", "API",
    "GML", "PNG", "TIFF", "ODS", "DOCX", "RDF", "N3", "GTFS", "NetCDF", "Parquet", "DXF", "TSV", "JPEG", "WCS",
)  # fmt: skip
_TAGS_PER_CATALOG = 4000
_PUBLISHERS = 400


class People:
    """The vocabulary, and the records made of it."""

    def __init__(self) -> None:
        chance = random.Random(_SEED)
        self.words = {language.code: Zipf(_vocabulary(chance, language)) for language in _LANGUAGES}
        english = self.words["en"].items
        self.tags = Zipf(
            [" ".join(chance.sample(english[100:9000], chance.choice((1, 1, 1, 2)))) for _ in range(_TAGS_PER_CATALOG)],
            8,
        )
        self.publishers = Zipf(
            [_text(chance, self.words["en"], 4).title() + f" {number}" for number in range(_PUBLISHERS)], 4
        )
        self.licenses = Zipf(_LICENSES)
        self.formats = Zipf(_FORMATS)

    def records(self, count: int) -> Iterator[dict[str, Any]]:
        """Records in the draft's JSON, about 2 kB each."""
        chance = random.Random(_SEED + 1)
        for number in range(count):
            yield self._record(chance, number, self.language(chance))

    def language(self, chance: random.Random) -> str:
        """One of the keys of ``words``, as frequent as records in it are."""
        [language] = chance.choices(_LANGUAGES, [language.share for language in _LANGUAGES])
        return language.code

    def _record(self, chance: random.Random, number: int, code: str) -> dict[str, Any]:
        words = self.words[code]
        record: dict[str, Any] = {
            "id": f"{record_id(number)}",
            "title": _text(chance, words, chance.randint(4, 10)),
            "license": self.licenses.draw(chance),
            "resources": [
                self._resource(chance, number, part, words) for part in range(min(12, 1 + int(chance.expovariate(0.5))))
            ],
            "maintainer": self.publishers.draw(chance),
            "tags": sorted({self.tags.draw(chance) for _ in range(chance.randint(0, 8))}),
            "description": _description(chance, words),
            "languages": [code],
            "metadata_modified": (_FIRST_DAY + timedelta(days=int(_DAYS * chance.random() ** 0.5))).isoformat(),
        }
        if chance.random() < 1 / 3:
            west, south = round(chance.gauss(8, 12), 3), round(chance.gauss(48, 6), 3)
            east, north = west + chance.expovariate(0.5), min(85.0, south + chance.expovariate(0.7))
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            record["spatial"] = {"type": "Polygon", "coordinates": [ring]}
        return record

    def _resource(self, chance: random.Random, number: int, part: int, words: Zipf) -> dict[str, Any]:
        format = self.formats.draw(chance)
        return {
            "resource_type": "file",
            "url": f"https://data.example.org/files/{number}/{part}.{format.lower()}",
            "format": format,
            "size": int(chance.lognormvariate(12, 3)),
            "title": _text(chance, words, chance.randint(1, 5)),
        }


def record_id(number: int) -> str:
    """The id of the record with that number."""
    return f"people-{number:07}"


def _vocabulary(chance: random.Random, language: _Language) -> list[str]:
    """Different words, the short ones first, as in any language the frequent ones are."""
    syllables = language.syllables.split()
    found: dict[str, None] = {}
    while len(found) < language.words:
        length = 1 + int(len(found) > 30) + int(len(found) > 300) + chance.randint(0, 2)
        found.setdefault("".join(chance.choices(syllables, k=length)))
    return list(found)


def _text(chance: random.Random, words: Zipf, count: int) -> str:
    """So many words; without blanks where the language has none."""
    found = words.draw_some(chance, count)
    return ("" if found[0] > "\u3000" else " ").join(found).capitalize()


def _description(chance: random.Random, words: Zipf) -> str:
    """30 to 150 words in sentences and paragraphs, a few with markup."""
    count = chance.randint(30, 150)
    sentences = []
    while count > 0:
        length = min(count, chance.randint(5, 20))
        sentences.append(_text(chance, words, length) + ".")
        count -= length
    if chance.random() < 0.2:
        sentences[-1] = f"**{sentences[-1]}** See [more](https://data.example.org/about)."
    middle = len(sentences) // 2
    return " ".join(sentences[:middle]) + "\n\n" + " ".join(sentences[middle:])


def ndjson(count: int) -> Iterator[bytes]:
    """The records, one a line."""
    for record in People().records(count):
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"
