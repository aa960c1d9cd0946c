"""A catalog in Turtle of any size, the same in every run, written as portals write theirs.

Publishers and contacts are nodes of their own that many datasets share, half of them described only at
the end of the file. Every second dataset's distributions are blank nodes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.records import WORDS

_HEAD = """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix locn: <http://www.w3.org/ns/locn#> .
@prefix : <https://data.example.org/> .

:catalog a dcat:Catalog ; dct:title "Open data of Example"@en ; dct:publisher :agent\\/0 ;
    dct:description "Everything that the offices of Example publish."@en .
"""
_LICENSES = (
    "<https://creativecommons.org/licenses/by/4.0/>",
    "<https://creativecommons.org/publicdomain/zero/1.0/>",
    "<http://publications.europa.eu/resource/authority/licence/CC_BY_4_0>",
)
_FORMATS = (("CSV", "text/csv"), ("JSON", "application/json"), ("PDF", "application/pdf"))
_THEMES = ("ENVI", "TRAN", "ECON", "GOVE", "HEAL", "REGI")
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_DATASETS_AN_AGENT = 200


def catalog(datasets: int) -> Iterator[str]:
    """The document in pieces: about 29 triples and 1.6 kB a dataset."""
    chance = random.Random(2014)
    agents = max(2, datasets // _DATASETS_AN_AGENT)
    yield _HEAD
    for number in range(agents // 2):
        yield _agent(number)
    for number in range(datasets):
        yield _dataset(number, chance, agents)
    for number in range(agents // 2, agents):
        yield _agent(number)


def _agent(number: int) -> str:
    return f"""
:agent\\/{number} a foaf:Organization ; foaf:name "Office {number}"@en, "Amt {number}"@de ; foaf:homepage :office\\/{number} .
:contact\\/{number} a vcard:Organization ; vcard:fn "Desk {number}" ; vcard:hasEmail <mailto:desk{number}@example.org> .
"""


def _dataset(number: int, chance: random.Random, agents: int) -> str:
    words = chance.sample(WORDS, 8)
    agent = chance.randrange(agents)
    parts = range(chance.randint(1, 3))
    title = f"{' '.join(words[:4])} {2000 + number % 26}".capitalize()
    keywords = ", ".join(f'"{word}"@en' for word in words[: chance.randint(2, 5)])
    modified = f"20{10 + number % 16}-{1 + number % 12:02}-{1 + number % 28:02}"
    statements = [
        f':dataset\\/{number} a dcat:Dataset ; dct:title "{title}"@en',
        f'dct:description """{" ".join(chance.choices(WORDS, k=40))}.\nSee also "{words[5]}"."""@en',
        f'dct:identifier "{number:08}-{words[0]}"',
        f"dcat:keyword {keywords}",
        f"dcat:theme <{_AUTHORITY}/data-theme/{chance.choice(_THEMES)}>",
        f'dct:modified "{modified}T12:00:00Z"^^xsd:dateTime',
        f"dct:publisher :agent\\/{agent} ; dcat:contactPoint :contact\\/{agent}",
        f"dcat:landingPage :page\\/{number}",
    ]
    if number % 3 == 0:
        statements.append(
            f'dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "{modified}"^^xsd:date ; dcat:endDate "2026-12-31"^^xsd:date ]'
        )
    if number % 5 == 0:
        west, south = round(chance.uniform(-10, 20), 3), round(chance.uniform(36, 60), 3)
        wkt = f"POLYGON(({west} {south}, {west + 2:.3f} {south}, {west + 2:.3f} {south + 1:.3f}, {west} {south}))"
        statements.append(f'dct:spatial [ a dct:Location ; locn:geometry "{wkt}"^^geo:wktLiteral ]')
    distributions = [_distribution(number, part, words, chance) for part in parts]
    if number % 2:
        statements += [f"dcat:distribution [ {distribution} ]" for distribution in distributions]
        apart = ""
    else:
        statements.append("dcat:distribution " + ", ".join(f":file\\/{number}-{part}" for part in parts))
        apart = "".join(f":file\\/{number}-{part} {text} .\n" for part, text in enumerate(distributions))
    return f":catalog dcat:dataset :dataset\\/{number} .\n" + " ;\n    ".join(statements) + f" .\n{apart}"


def _distribution(number: int, part: int, words: list[str], chance: random.Random) -> str:
    name, media_type = _FORMATS[part]
    return (
        f'a dcat:Distribution ; dct:title "{words[part]}, part {part}"@en'
        f" ; dcat:mediaType <https://www.iana.org/assignments/media-types/{media_type}>"
        f" ; dcat:downloadURL :download\\/{number}\\/{part}.{name.lower()}"
        f" ; dcat:byteSize {1000 + chance.randrange(10**7)} ; dct:license {_LICENSES[number % 3]}"
    )
