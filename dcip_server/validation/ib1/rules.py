"""Every rule of the IB1 profiles, once: id, severities, whether it needs the network, sentence, source, check.

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
    """One rule; ``severities`` are those of the open-data and the metadata profile.

    ``check`` names where it is checked: ``shapes.ttl`` where it is a shape, else the modules of this package (and
    ``directory``, the update of the catalog) that do it; both where a part of it is no shape.
    """

    id: str
    severities: str
    net: bool
    sentence: str
    source: str
    check: str

    def severity(self, profile: Letter) -> Severity | None:
        """The severity in a profile, ``None`` where the rule does not apply."""
        found = self.severities["OM".index(profile)]
        return "E" if found == "E" else "W" if found == "W" else None


def _rules(group: str, *rows: tuple[str, str, str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(f"IB1-{group}-{number:02}", severities[:2], severities.endswith("*"), sentence, source, check)
        for number, (severities, sentence, source, check) in enumerate(rows, 1)
    )


_ALL = (
    *_rules(
        "F",
        ("EE", "The format is one that the profile reads: Turtle, RDF/XML, JSON-LD; ib1-metadata also N3 and the legacy form.", "ODP, DSM", "documents"),
        ("-W", "The file is in the legacy YAML/JSON form.", "DSM", "legacy"),
        ("EE", "The file is well-formed and UTF-8 (RDF/XML: in its declared encoding).", "ODP, DCP", "documents"),
        ("EE", "RDF/XML has no DOCTYPE.", "OWN", "documents"),
        ("EE", "N3 has no formulae, rules, variables or quantifiers.", "OWN", "documents"),
        ("EE", "JSON-LD contexts are inline; none is fetched.", "OWN", "documents legacy"),
        ("EE", "YAML is one document with core tags and bounded aliases; nothing is nested too deeply.", "OWN", "documents"),
        ("EE", "No mapping has a key twice.", "OWN", "documents"),
        ("EE", "The file is not larger than the limit.", "OWN, DCP", "documents hosting"),
        ("EE", "No literal is longer than 64,000 characters.", "OWN", "entries"),
        ("EE", "There is at least one entry.", "DCP", "wording"),
        ("EE", "A class that looks like one of DCAT's is that class.", "DSM, OWN", "wording"),
        ("WW", "A property in dcat:, dcterms: or ib1: exists there.", "ODP, DSM, OWN", "wording"),
        ("WW", "A key's prefix is declared.", "DSM", "wording"),
    ),
    *_rules(
        "H",
        ("EE", "The file's address is https on a public host, without user info.", "DCP, ODP", "hosting"),
        ("EE*", "The file is answered with 200, without a redirect.", "DCP", "checks hosting"),
        ("EE*", "The file needs no credentials.", "ODP", "checks hosting"),
        ("EE*", "Content-Type is that of the file's format.", "ODP, DCP", "checks documents hosting"),
        ("EE*", "The TLS certificate verifies.", "DCP", "checks hosting"),
        ("EE*", "Open data is downloaded without authentication.", "ODP, DSM", "downloads"),
        ("EE*", "A downloadURL exists.", "DSM", "downloads"),
        ("WW*", "A downloadURL is live.", "DSM", "downloads"),
        ("WW*", "A downloadURL does not redirect.", "DSM", "downloads"),
        ("EE", "No URL of the entry leads to an address that is not public.", "ODP, OWN", "blocks checking downloads entries"),
        ("WW*", "A download has the media type that is declared.", "OWN", "downloads"),
        ("WW*", "Documents that rules need can be fetched.", "OWN", "checking"),
    ),
    *_rules(
        "C",
        ("EE", "An entry is a dataset or a data service, not both.", "DSM", "shapes.ttl"),
        ("EE", "An entry is an absolute http(s) IRI.", "DSM", "shapes.ttl"),
        ("EE", "Every IRI of an entry is valid.", "DCP, OWN", "entries"),
        ("EE", "dcterms:title is there and not blank.", "DSM, DCR", "shapes.ttl"),
        ("WW", "There is one title and one description in a language.", "OWN", "shapes.ttl"),
        ("EW", "A dcterms:publisher is the submitting Member.", "ODP, DCR, DCP", "entries"),
        ("E-", "ib1:trustFramework is one http(s) IRI.", "ODP, DCR", "shapes.ttl"),
        ("E-", "ib1:scheme is one http(s) IRI, of a Scheme that the Member joined.", "ODP, DCR, DCP", "entries shapes.ttl"),
        ("WW*", "The scheme belongs to the trust framework (an error where the Scheme's document names another).", "DCR", "entries requirements"),
        ("EE", "ib1:sensitivityClass is one of the profile's classes, written exactly.", "ODP, DSM, GSC", "shapes.ttl"),
        ("EE", "The class is not closed or personal.", "GSC, DSM", "shapes.ttl"),
        ("W-", "ib1:datasetAssurance is there.", "DCR", "shapes.ttl"),
        ("WW", "ib1 terms are in the canonical namespace.", "ODP", "wording"),
        ("EE", "What must be an IRI is no literal.", "ODP", "shapes.ttl"),
    ),
    *_rules(
        "L",
        ("EW", "dcterms:license is there.", "ODP, DCR", "shapes.ttl"),
        ("EW", "Every license meets the Open Definition.", "ODP, OD", "licenses"),
        ("E-", "A Creative Commons URL has a version.", "ODP", "licenses"),
        ("WW", "A license's URL is written as on the list.", "ODP", "licenses"),
        ("WW", "A license is neither superseded nor for content only.", "OD", "licenses"),
        ("WW", "There is one license.", "ODP", "shapes.ttl"),
        ("E-", "A distribution's license meets the Open Definition.", "ODP", "licenses"),
    ),
    *_rules(
        "D",
        ("EE", "dcterms:description is there and not blank.", "DSM, DCR", "shapes.ttl"),
        ("-E", "dcat:version is there once and not blank.", "DSM", "shapes.ttl"),
        ("-E", "dcat:versionNotes is there and not blank.", "DSM", "shapes.ttl"),
        ("WW", "dcat:version is a semantic version.", "DSM", "shapes.ttl"),
        ("EE", "There is a dcat:distribution.", "DSM, DCR", "shapes.ttl"),
        ("W-", "ib1:dataSchema is there.", "ODP", "shapes.ttl"),
        ("-W", "A version in YAML is quoted.", "DSM, OWN", "legacy"),
        ("WW", "Properties of data services and of datasets are not mixed.", "DSM", "shapes.ttl"),
    ),
    *_rules(
        "T",
        ("EE", "A distribution is described in the file.", "DSM", "shapes.ttl"),
        ("WW", "A distribution is an IRI.", "DCR", "shapes.ttl"),
        ("EE", "dcat:downloadURL is one http(s) IRI.", "DSM", "shapes.ttl"),
        ("EE", "dcat:mediaType is one media type.", "DSM", "entries shapes.ttl"),
        ("WW", "The property is dcat:mediaType.", "DSM", "shapes.ttl"),
        ("-E", "ib1:dataSchema is there once.", "DSM, DCR", "shapes.ttl"),
        ("EE*", "The schema is of the kind that the media type needs.", "DSM, ODP", "schemas"),
        ("WW", "A distribution is typed so.", "DSM", "shapes.ttl"),
        ("WW", "A distribution is linked from a dataset.", "OWN", "shapes.ttl"),
    ),
    *_rules(
        "S",
        ("EE", "dcat:endpointDescription is one http(s) IRI.", "DSM", "shapes.ttl"),
        ("EE*", "It is an OpenAPI 3 document.", "DSM", "services"),
        ("EE*", "Its one server is {endpointURL} with the agreed default.", "DSM", "services"),
        ("EE*", "Its responses are JSON or XML.", "DSM", "services"),
        ("EE", "dcat:endpointURL is one http(s) IRI without query or fragment.", "DSM", "shapes.ttl"),
        ("EE*", "The heartbeat's OpenAPI file has one path with a GET answered 200.", "DSM, OPS", "services"),
        ("EE", "Shared data has an https endpoint.", "DSM", "shapes.ttl"),
        ("EE", "ib1:oauthIssuer is one https IRI.", "DCR", "shapes.ttl"),
    ),
    *_rules(
        "E",
        ("EE", "What dcat:inSeries names is a series.", "DSM, DCR", "shapes.ttl"),
        ("WW", "A series is described in the file.", "DCR", "shapes.ttl"),
        ("EE", "A series has a title.", "DSM, DCR", "shapes.ttl"),
        ("WW", "Datasets that differ in their period only share a series.", "DSM", "series"),
        ("WW", "The class is dcat:DatasetSeries.", "DCR", "shapes.ttl"),
    ),
    *_rules(
        "Q",
        ("EE*", "The entry has the standard's type.", "DCR, ODP", "requirements"),
        ("EE*", "A required term has exactly the standard's values.", "DCR", "requirements"),
        ("EE*", "A term has all of the standard's values, and may have more.", "DCR", "requirements"),
        ("EE*", "A term has exactly one of the standard's values.", "DCR", "requirements"),
        ("EE*", "A term has a value.", "DCR", "requirements"),
        ("EE*", "A term has no value.", "DCR", "requirements"),
        ("EE*", "ib1:dataSchema is the standard's schema.", "ODP", "requirements"),
        ("WW*", "The requirements document is complete.", "DCR", "requirements"),
    ),
    *_rules(
        "V",
        ("EE", "An entry keeps its identifier.", "DSM, DCP", "changes directory"),
        ("EE", "dcterms:conformsTo does not change.", "DCP", "changes"),
        ("EE", "ib1:dataSchema does not change.", "DCP", "changes"),
        ("EE", "An entry is published by one file.", "DCP", "entries"),
        ("EE", "An entry keeps its class.", "OWN", "changes"),
        ("WW", "A changed download or endpoint has a higher version and new notes.", "DSM", "changes"),
    ),
    *_rules(
        "U",
        ("WW", "A file that cannot be read keeps its accepted entries.", "DCP", "directory"),
        ("WW", "A refused entry keeps its last accepted version.", "DCP", "directory"),
        ("--", "An entry gone from its file is removed.", "DCP", "directory"),
        ("--", "The catalog changes at once.", "DCP", "directory"),
    ),
    *_rules(
        "Y",
        ("-E", "The file is a list of mappings.", "DSM", "legacy"),
        ("-W", "Keys are content, access, transport, representation.", "DSM", "legacy"),
        ("-E", "content is a mapping of type dcat:Dataset.", "DSM", "legacy"),
        ("-E", "There is an identifier of its own.", "DSM", "legacy"),
    ),
    *_rules(
        "A",
        ("-E", "An access rule is derived by the grammar.", "DSM, ACL", "access_rules blocks"),
        ("-E", "An operand fits its operator.", "ACL", "access_rules"),
        ("-E", "Open data has no condition and open: capabilities only, and these are not mixed.", "ACL", "access_rules"),
        ("-W", "Capabilities and obligations in ib1: are known.", "ACL", "access_rules"),
        ("-W", "The prefix is ib1.", "DSM, ACL", "access_rules"),
        ("-E", "appliesFrom and appliesTo are RFC 3339 dates that exist.", "DSM, OPS", "blocks"),
        ("-E", "appliesFrom is not after appliesTo.", "DSM", "blocks"),
        ("-E", "sufficient is true or false.", "DSM", "blocks"),
    ),
    *_rules(
        "P",
        ("-E", "transport.http is a mapping.", "DSM", "blocks"),
        ("-E", "It is valid OpenAPI 3.0.", "DSM", "blocks"),
        ("-W", "It has a server with an absolute http(s) URL.", "DSM", "blocks"),
        ("-E", "Open data has no security.", "DSM", "blocks"),
        ("-E", "heartbeat_url is an absolute http(s) URL.", "DSM, OPS", "blocks"),
    ),
    *_rules(
        "N",
        ("-E", "representation.mime is a media type.", "DSM", "blocks"),
        ("-E", "csvw goes with text/csv only.", "DSM", "blocks"),
        ("-E", "csvw is CSVW.", "DSM", "blocks"),
    ),
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.id: rule for rule in _ALL}


def list_warnings(profile: Letter) -> frozenset[str]:
    """Ids of the rules that refuse nothing in the profile."""
    return frozenset(rule.id for rule in _ALL if rule.severity(profile) != "E")


def list_rules(profile: Letter) -> Mapping[str, str]:
    """Sentence by id of the rules that apply in the profile."""
    return {rule.id: rule.sentence for rule in _ALL if rule.severity(profile) or rule.severities == "--"}
