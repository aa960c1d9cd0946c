"""Every rule of the IB1 profiles, once: id, severity in each profile, whether it needs the network, sentence, source.

Severities are two letters, for ``ib1-open-data`` and ``ib1-metadata``: ``E`` error, ``W`` warning, ``-`` does not
apply. A check names the id and may lower an error to a warning where its sentence says so. Sources: ODP Open
Data Publication, DSM Dataset & Data Service Metadata, DCR Data Catalog Records, DCP Data Catalog Publishing, GSC
Generic Sensitivity Classes, ACL Access Control and Capability Grant Language, OPS data provider guidance,
OD Open Definition, OWN this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dcip_server.validation.report import Severity

Letter = Literal["O", "M"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``severities`` are those of the open-data and the metadata profile."""

    id: str
    severities: str
    net: bool
    sentence: str
    source: str

    def severity(self, profile: Letter) -> Severity | None:
        """The severity in a profile, ``None`` where the rule does not apply."""
        found = self.severities["OM".index(profile)]
        return "E" if found == "E" else "W" if found == "W" else None


def _rules(group: str, *rows: tuple[str, str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(f"IB1-{group}-{number:02}", severities[:2], severities.endswith("*"), sentence, source)
        for number, (severities, sentence, source) in enumerate(rows, 1)
    )


_ALL = (
    *_rules(
        "F",
        ("EE", "The format is one that the profile reads: Turtle, RDF/XML, JSON-LD; ib1-metadata also N3 and the legacy form.", "ODP, DSM"),
        ("-W", "The file is in the legacy YAML/JSON form.", "DSM"),
        ("EE", "The file is well-formed and UTF-8 (RDF/XML: in its declared encoding).", "ODP, DCP"),
        ("EE", "RDF/XML has no DOCTYPE.", "OWN"),
        ("EE", "N3 has no formulae, rules, variables or quantifiers.", "OWN"),
        ("EE", "JSON-LD contexts are inline; none is fetched.", "OWN"),
        ("EE", "YAML is one document with core tags and bounded aliases; nothing is nested too deeply.", "OWN"),
        ("EE", "No mapping has a key twice.", "OWN"),
        ("EE", "The file is not larger than the limit.", "OWN, DCP"),
        ("EE", "No literal is longer than 64,000 characters.", "OWN"),
        ("EE", "There is at least one entry.", "DCP"),
        ("EE", "A class that looks like one of DCAT's is that class.", "DSM, OWN"),
        ("WW", "A property in dcat:, dcterms: or ib1: exists there.", "ODP, DSM, OWN"),
        ("WW", "A key's prefix is declared.", "DSM"),
    ),
    *_rules(
        "H",
        ("EE", "The file's address is https on a public host, without user info.", "DCP, ODP"),
        ("EE*", "The file is answered with 200, without a redirect.", "DCP"),
        ("EE*", "The file needs no credentials.", "ODP"),
        ("EE*", "Content-Type is that of the file's format.", "ODP, DCP"),
        ("EE*", "The TLS certificate verifies.", "DCP"),
        ("EE*", "Open data is downloaded without authentication.", "ODP, DSM"),
        ("EE*", "A downloadURL exists.", "DSM"),
        ("WW*", "A downloadURL is live.", "DSM"),
        ("WW*", "A downloadURL does not redirect.", "DSM"),
        ("EE", "No URL of the entry leads to an address that is not public.", "ODP, OWN"),
        ("WW*", "A download has the media type that is declared.", "OWN"),
        ("WW*", "Documents that rules need can be fetched.", "OWN"),
    ),
    *_rules(
        "C",
        ("EE", "An entry is a dataset or a data service, not both.", "DSM"),
        ("EE", "An entry is an absolute http(s) IRI.", "DSM"),
        ("EE", "Every IRI of an entry is valid.", "DCP, OWN"),
        ("EE", "dcterms:title is there and not blank.", "DSM, DCR"),
        ("WW", "There is one title and one description in a language.", "OWN"),
        ("EW", "A dcterms:publisher is the submitting Member.", "ODP, DCR, DCP"),
        ("E-", "ib1:trustFramework is one http(s) IRI.", "ODP, DCR"),
        ("E-", "ib1:scheme is one http(s) IRI, of a Scheme that the Member joined.", "ODP, DCR, DCP"),
        ("WW", "The scheme belongs to the trust framework (an error where the Scheme's document names another).", "DCR"),
        ("EE", "ib1:sensitivityClass is one of the profile's classes, written exactly.", "ODP, DSM, GSC"),
        ("EE", "The class is not closed or personal.", "GSC, DSM"),
        ("W-", "ib1:datasetAssurance is there.", "DCR"),
        ("WW", "ib1 terms are in the canonical namespace.", "ODP"),
        ("EE", "What must be an IRI is no literal.", "ODP"),
    ),
    *_rules(
        "L",
        ("EW", "dcterms:license is there.", "ODP, DCR"),
        ("EW", "Every license meets the Open Definition.", "ODP, OD"),
        ("E-", "A Creative Commons URL has a version.", "ODP"),
        ("WW", "A license's URL is written as on the list.", "ODP"),
        ("WW", "A license is neither superseded nor for content only.", "OD"),
        ("WW", "There is one license.", "ODP"),
        ("E-", "A distribution's license meets the Open Definition.", "ODP"),
    ),
    *_rules(
        "D",
        ("EE", "dcterms:description is there and not blank.", "DSM, DCR"),
        ("-E", "dcat:version is there once and not blank.", "DSM"),
        ("-E", "dcat:versionNotes is there and not blank.", "DSM"),
        ("WW", "dcat:version is a semantic version.", "DSM"),
        ("EE", "There is a dcat:distribution.", "DSM, DCR"),
        ("W-", "ib1:dataSchema is there.", "ODP"),
        ("-W", "A version in YAML is quoted.", "DSM, OWN"),
        ("WW", "Properties of data services and of datasets are not mixed.", "DSM"),
    ),
    *_rules(
        "T",
        ("EE", "A distribution is described in the file.", "DSM"),
        ("WW", "A distribution is an IRI.", "DCR"),
        ("EE", "dcat:downloadURL is one http(s) IRI.", "DSM"),
        ("EE", "dcat:mediaType is one media type.", "DSM"),
        ("WW", "The property is dcat:mediaType.", "DSM"),
        ("-E", "ib1:dataSchema is there once.", "DSM, DCR"),
        ("EE*", "The schema is of the kind that the media type needs.", "DSM, ODP"),
        ("WW", "A distribution is typed so.", "DSM"),
        ("WW", "A distribution is linked from a dataset.", "OWN"),
    ),
    *_rules(
        "S",
        ("EE", "dcat:endpointDescription is one http(s) IRI.", "DSM"),
        ("EE*", "It is an OpenAPI 3 document.", "DSM"),
        ("EE*", "Its one server is {endpointURL} with the agreed default.", "DSM"),
        ("EE*", "Its responses are JSON or XML.", "DSM"),
        ("EE", "dcat:endpointURL is one http(s) IRI without query or fragment.", "DSM"),
        ("EE*", "The heartbeat's OpenAPI file has one path with a GET answered 200.", "DSM, OPS"),
        ("EE", "Shared data has an https endpoint.", "DSM"),
        ("EE", "ib1:oauthIssuer is one https IRI.", "DCR"),
    ),
    *_rules(
        "E",
        ("EE", "What dcat:inSeries names is a series.", "DSM, DCR"),
        ("WW", "A series is described in the file.", "DCR"),
        ("EE", "A series has a title.", "DSM, DCR"),
        ("WW", "Datasets that differ in their period only share a series.", "DSM"),
        ("WW", "The class is dcat:DatasetSeries.", "DCR"),
    ),
    *_rules(
        "Q",
        ("EE*", "The entry has the standard's type.", "DCR, ODP"),
        ("EE*", "A required term has exactly the standard's values.", "DCR"),
        ("EE*", "A term has all of the standard's values, and may have more.", "DCR"),
        ("EE*", "A term has exactly one of the standard's values.", "DCR"),
        ("EE*", "A term has a value.", "DCR"),
        ("EE*", "A term has no value.", "DCR"),
        ("EE*", "ib1:dataSchema is the standard's schema.", "ODP"),
        ("WW*", "The requirements document is complete.", "DCR"),
    ),
    *_rules(
        "V",
        ("EE", "An entry keeps its identifier.", "DSM, DCP"),
        ("EE", "dcterms:conformsTo does not change.", "DCP"),
        ("EE", "ib1:dataSchema does not change.", "DCP"),
        ("EE", "An entry is published by one file.", "DCP"),
        ("EE", "An entry keeps its class.", "OWN"),
        ("WW", "A changed download or endpoint has a higher version and new notes.", "DSM"),
    ),
    *_rules(
        "U",
        ("WW", "A file that cannot be read keeps its accepted entries.", "DCP"),
        ("WW", "A refused entry keeps its last accepted version.", "DCP"),
        ("--", "An entry gone from its file is removed.", "DCP"),
        ("--", "The catalog changes at once.", "DCP"),
    ),
    *_rules(
        "Y",
        ("-E", "The file is a list of mappings.", "DSM"),
        ("-W", "Keys are content, access, transport, representation.", "DSM"),
        ("-E", "content is a mapping of type dcat:Dataset.", "DSM"),
        ("-E", "There is an identifier of its own.", "DSM"),
    ),
    *_rules(
        "A",
        ("-E", "An access rule is derived by the grammar.", "DSM, ACL"),
        ("-E", "An operand fits its operator.", "ACL"),
        ("-E", "Open data has no condition and open: capabilities only, and these are not mixed.", "ACL"),
        ("-W", "Capabilities and obligations in ib1: are known.", "ACL"),
        ("-W", "The prefix is ib1.", "DSM, ACL"),
        ("-E", "appliesFrom and appliesTo are RFC 3339 dates that exist.", "DSM, OPS"),
        ("-E", "appliesFrom is not after appliesTo.", "DSM"),
        ("-E", "sufficient is true or false.", "DSM"),
    ),
    *_rules(
        "P",
        ("-E", "transport.http is a mapping.", "DSM"),
        ("-E", "It is valid OpenAPI 3.0.", "DSM"),
        ("-W", "It has a server with an absolute http(s) URL.", "DSM"),
        ("-E", "Open data has no security.", "DSM"),
        ("-E", "heartbeat_url is an absolute http(s) URL.", "DSM, OPS"),
    ),
    *_rules(
        "N",
        ("-E", "representation.mime is a media type.", "DSM"),
        ("-E", "csvw goes with text/csv only.", "DSM"),
        ("-E", "csvw is CSVW.", "DSM"),
    ),
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.id: rule for rule in _ALL}


def list_warnings(profile: Letter) -> frozenset[str]:
    """Ids of the rules that refuse nothing in the profile."""
    return frozenset(rule.id for rule in _ALL if rule.severity(profile) != "E")


def list_rules(profile: Letter) -> Mapping[str, str]:
    """Sentence by id of the rules that apply in the profile."""
    return {rule.id: rule.sentence for rule in _ALL if rule.severity(profile) or rule.severities == "--"}
