"""Licences by the ids that sources give, with names for people and the pages of their texts."""

from __future__ import annotations

from dcip_server.web.markup import web_link

_CC = "https://creativecommons.org"
#: Id in lower case, name, page.
_KNOWN = (
    ("cc0-1.0", "CC0 1.0", f"{_CC}/publicdomain/zero/1.0/"),
    ("cc-zero", "CC0 1.0", f"{_CC}/publicdomain/zero/1.0/"),
    ("cc-by-4.0", "CC BY 4.0", f"{_CC}/licenses/by/4.0/"),
    ("cc-by-3.0", "CC BY 3.0", f"{_CC}/licenses/by/3.0/"),
    ("cc-by-sa-4.0", "CC BY-SA 4.0", f"{_CC}/licenses/by-sa/4.0/"),
    ("cc-by-nc-4.0", "CC BY-NC 4.0", f"{_CC}/licenses/by-nc/4.0/"),
    ("odbl-1.0", "ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ("odc-odbl", "ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ("odc-by", "ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
    ("odc-pddl", "PDDL 1.0", "https://opendatacommons.org/licenses/pddl/1-0/"),
    ("pddl-1.0", "PDDL 1.0", "https://opendatacommons.org/licenses/pddl/1-0/"),
    ("etalab-2.0", "Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
    ("fr-lo", "Licence Ouverte", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
    ("lov2", "Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
    ("uk-ogl", "OGL 3.0", "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"),
    ("dl-de-by-2.0", "Datenlizenz Deutschland – Namensnennung 2.0", "https://www.govdata.de/dl-de/by-2-0"),
    ("dl-de-zero-2.0", "Datenlizenz Deutschland – Zero 2.0", "https://www.govdata.de/dl-de/zero-2-0"),
    ("dl-de/by-2-0", "Datenlizenz Deutschland – Namensnennung 2.0", "https://www.govdata.de/dl-de/by-2-0"),
    ("dl-de/zero-2-0", "Datenlizenz Deutschland – Zero 2.0", "https://www.govdata.de/dl-de/zero-2-0"),
)
_SPDX = "spdx.org/licenses/"
_BY_ID = {id: (name, page) for id, name, page in _KNOWN}
_BY_PAGE = {page.partition("//")[2].rstrip("/"): name for _, name, page in _KNOWN}


def name_of(license: str) -> str:
    """What people call the licence; an unknown one is named as its source names it."""
    address = license.partition("://")[2].rstrip("/")
    known = _BY_ID.get(license.lower()) or _BY_ID.get(address.lower().removeprefix(_SPDX))
    return known[0] if known else _BY_PAGE.get(address, address.removeprefix("www.") or license)


def page_of(license: str) -> str | None:
    """Where its text stands, or ``None``."""
    known = _BY_ID.get(license.lower())
    return known[1] if known else web_link(license)
