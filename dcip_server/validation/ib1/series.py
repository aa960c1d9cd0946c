"""Datasets that look like periods of one source (IB1-E-04)."""

from __future__ import annotations

import re
from collections import defaultdict

from dcip_server.formats.dates import MONTHS
from dcip_server.formats.rdf.terms import literal_text
from dcip_server.namespaces import DCAT, DCTERMS
from dcip_server.validation.ib1.checking import Checking
from dcip_server.validation.ib1.terms import plain

#: Names that are months wherever they stand; shorter ones are, beside a year.
_NAMES = "|".join(sorted((name for name in MONTHS if len(name) > 3 or MONTHS[name] == 5), key=len, reverse=True))
_ABBREVIATIONS = "|".join(name for name in MONTHS if len(name) == 3)
_YEAR = r"(?:19|20)\d\d"
#: What a title says of its period: dates, months with or without a day, quarters, years and ranges of years.
_PERIOD = re.compile(
    rf"(?<![0-9a-z])(?:{_YEAR}[-/.](?:0?[1-9]|1[0-2])(?:[-/.]\d{{1,2}})?|{_YEAR}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
    rf"|\d{{1,2}}[-/.]\d{{1,2}}[-/.]{_YEAR}"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?(?:{_NAMES}|(?:{_ABBREVIATIONS})\.?(?=\s+{_YEAR}))(?:\s+\d{{1,2}}(?:st|nd|rd|th)?(?=\W|$))?"
    r"|q[1-4]|[1-4]q|(?:first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter|quarter\s+[1-4]"
    rf"|{_YEAR}(?:\s*[-/–]\s*(?:{_YEAR}|\d\d))?)(?![0-9a-z])"
)


def check_periods(c: Checking) -> None:
    """Find datasets whose titles differ in nothing but a period, and that share no series."""
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    with_period: set[str] = set()
    for entry in c.datasets:
        for title in c.texts(entry, DCTERMS.title):
            folded = literal_text(title).casefold()
            rest = " ".join(re.findall(r"\w+", _PERIOD.sub(" ", folded)))
            if rest:
                groups[rest][entry] = None
                if rest != " ".join(re.findall(r"\w+", folded)):
                    with_period.add(rest)
    for rest in with_period:
        series = {entry: set(c.values(entry, DCAT.inSeries)) for entry in groups[rest]}
        members: dict[str, int] = defaultdict(int)
        for named in series.values():
            for one in named:
                members[one] += 1
        for entry, named in series.items():
            if len(series) > 1 and not any(members[one] > 1 for one in named):
                other = next(plain(one) for one in series if one != entry)
                said = f"This and <{other}> look like periods of one source; link them with dcat:inSeries."
                c.find("IB1-E-04", entry, DCAT.inSeries, said)
