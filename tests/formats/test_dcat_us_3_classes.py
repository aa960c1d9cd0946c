"""Every class of DCAT-US 3 with all its properties, in each place that takes it: nothing that a document says of a record is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.formats.conftest import Catalog, comparable

Node = dict[str, Any]


def _node(rdf_class: str, **properties: Any) -> Node:
    return {"@type": rdf_class, **properties}


def _concept(label: str) -> Node:
    scheme = _node("ConceptScheme", title=f"Scheme of {label}", version="v7", created="2019-03-04", description="All words",
                   issued="2019-03-05", modified="2019-03-06")  # fmt: skip
    return _node("Concept", **{"@id": f"https://words.example/{label}"}, prefLabel=label, altLabel=f"Or {label}", definition=f"What {label} is",
                 notation=f"N-{label}", inScheme=scheme, prefLabelMap={"en": label, "es": f"el {label}"})  # fmt: skip


def _identifier(text: str) -> Node:
    return _node("Identifier", **{"@id": f"https://doi.org/10.5066/{text}"}, notation=f"10.5066/{text}", schemaAgency="DataCite",
                 creator="https://ror.example/x", issued="2018-01-02", version="i1")  # fmt: skip


_ORGANIZATION = _node("Organization", **{"@id": "https://agents.example/survey"}, name="Survey", altLabel="SV", prefLabel="The Survey", notation=["sv"],
                      subOrganizationOf=[_node("Organization", name="Interior"), _node("Organization", name="Second parent")])  # fmt: skip


def _agent(name: str) -> Node:
    return _node(
        "Agent", **{"@id": f"https://agents.example/{name}"}, name=f"Agent {name}", category=[_concept("agents")]
    )


def _contact(name: str) -> Node:
    address = _node(
        "Address",
        **{
            "country-name": "USA",
            "locality": "Reston",
            "postal-code": "20192",
            "region": "VA",
            "street-address": "1 Valley Drive",
        },
    )
    return _node("Kind", **{"@id": f"https://agents.example/contact-{name}"}, fn=name, hasEmail=f"mailto:{name}@survey.example", tel="+1-703-555-0100",
                 title="Chief", address=[address], **{"family-name": "F", "given-name": "G", "organization-name": "Office"})  # fmt: skip


_STANDARD = _node("Standard", **{"@id": "https://standards.example/a"}, title="ISO 1", identifier="urn:iso:1", otherIdentifier=[_identifier("std")],
                  description="How", created="2001-01-01", issued="2001-01-02", modified="2001-01-03", category=[_concept("standards")],
                  inScheme=_node("ConceptScheme", title="Standards"))  # fmt: skip


def _document(name: str) -> Node:
    return _node("Document", **{"@id": f"https://documents.example/{name}"}, title=f"Document {name}", accessURL=f"https://documents.example/{name}.html",
                 downloadURL=f"https://documents.example/{name}.pdf", mediaType="application/pdf", abstract="In short", bibliographicCitation="Cite so",
                 conformsTo=[_STANDARD], corporateCreator=[_ORGANIZATION], creator=[_contact("writer")], description="At length", identifier=f"doc-{name}",
                 otherIdentifier=[_identifier(name)], issued="2015-05-05", publisher=[_ORGANIZATION], category=[_concept("documents")])  # fmt: skip


_COVERED: Node = {
    "temporal": [_node("PeriodOfTime", startDate="2001-01-01", endDate="2002-12-31"), {"startDate": "2010-01-01T00:00:00Z"}, {"endDate": "2030"}],
    "spatial": [
        _node("Location", **{"@id": "https://places.example/1"}, prefLabel="Colorado", altLabel="Centennial", bbox="POLYGON((0 0,1 0,1 1,0 0))",
              centroid="POINT(-105.5 39)", geometry={"type": "Point", "coordinates": [-105.25, 39]}, identifier="co", otherIdentifier=[_identifier("co")],
              inScheme=_node("ConceptScheme", title="Places")),
        {"prefLabel": "Wyoming"}, "Utah",
    ],
    "spatialResolutionInMeters": "30", "temporalResolution": "P1D",
}  # fmt: skip
_MADE: Node = {
    "hasQualityMeasurement": [_node("QualityMeasurement", value="0.97", unitMeasure="https://units.example/percent", isMeasurementOf=_node(
        "Metric", expectedDataType="xsd:double", inDimension="https://quality.example/completeness", definition="Share that is filled"))],
    "qualifiedAttribution": [_node("Attribution", hadRole="https://roles.example/funder", agent=_agent("funder"))],
    "wasUsedBy": [_node("Activity", **{"@id": "https://activities.example/used"}, label="Used", category=[_concept("activities")])],
    "rightsHolder": [_ORGANIZATION], "rights": ["First right", "Second right"], "category": [_concept("kinds")], "conformsTo": [_STANDARD],
    "otherIdentifier": [_identifier("other")], "created": "2000-01-01", "modified": "2023-03-03T03:03:03Z", "language": ["en", "es"],
}  # fmt: skip
_RESTRICTED: Node = {
    "accessRestriction": [_node("AccessRestriction", restrictionStatus=_concept("partly"), specificRestriction=_concept("privacy"), restrictionNote="No names")],
    "useRestriction": [_node("UseRestriction", restrictionStatus=_concept("fully"), specificRestriction=_concept("copyright"), restrictionNote="No resale")],
    "cuiRestriction": _node("CUIRestriction", cuiBannerMarking="CUI//SP-PRVCY", designationIndicator="By OCIO", requiredIndicatorPerAuthority=["5 USC 552a"]),
}  # fmt: skip


def _service(name: str) -> Node:
    return _node("DataService", **{"@id": f"https://services.example/{name}"}, identifier=name, title=f"Service {name}", description="Asks",
                 contactPoint=[_contact("ann"), _contact("bob")], publisher=_ORGANIZATION, creator=[_agent("c1"), _agent("c2")], keyword=["api"],
                 endpointURL=["https://services.example/v1", "https://services.example/v2"], endpointDescription=["https://services.example/openapi.json", "By mail"],
                 servesDataset=[_reference("all"), {"@id": "https://datasets.example/elsewhere"}], theme=[_concept("water")], accessRights="Public",
                 license="https://creativecommons.org/publicdomain/zero/1.0/", **_COVERED, **_MADE)  # fmt: skip


def _distribution(name: str, **further: Any) -> Node:
    return _node("Distribution", **{"@id": f"https://files.example/{name}"}, title=f"File {name}", description="Rows", accessURL=f"https://files.example/{name}/page",
                 downloadURL=f"https://files.example/{name}.csv.gz", mediaType="text/csv", format="CSV", byteSize="12345", compressFormat="application/gzip",
                 packageFormat="application/x-tar", characterEncoding=["UTF-8"], representationTechnique=_concept("vector"), status=_concept("done"),
                 availability=_concept("stable"), accessService=[_service(f"of-{name}")], describedBy={"title": "Dictionary", "accessURL": "https://files.example/dictionary"},
                 accessRights="Restricted", identifier=_identifier(name), issued="2020-01-01", license="https://creativecommons.org/licenses/by/4.0/", page=[_document("of-file")],
                 image="https://files.example/i.png", checksum=_node("Checksum", algorithm="http://spdx.org/rdf/terms#checksumAlgorithm_sha256", checksumValue="ABCDEF01"),
                 **_RESTRICTED, **{key: item for key, item in {**_COVERED, **_MADE}.items() if key not in ("spatial", "temporal")}, **further)  # fmt: skip


def _reference(name: str) -> Node:
    return _node("Dataset", **{"@id": f"https://datasets.example/{name}"}, identifier=name, title=f"Dataset {name}", description=f"About {name}")  # fmt: skip


def _dataset(name: str, **further: Any) -> Node:
    return {**_reference(name), "contactPoint": [_contact("ann"), _contact("bob")], "keyword": ["k", "l"], **further}


_SERIES = _node("DatasetSeries", **{"@id": "https://series.example/1"}, title="Series", description="Each year", contactPoint=[_contact("ann")], first=_reference("first"),
                last=_reference("last"), seriesMember=[_reference("all"), _reference("first")], accrualPeriodicity="R/P1M", issued="2011-01-01", modified="2012-01-01",
                publisher=_ORGANIZATION, spatial=_COVERED["spatial"], temporal=_COVERED["temporal"])  # fmt: skip
_ALL = _dataset(
    "all", **_COVERED, **_MADE, sample=[{"title": "Some rows", "downloadURL": "https://files.example/some.csv"}], status=_concept("active"), supportedSchema=_reference("schema"),
    versionNotes="Second", version="2", distribution=[_distribution("1"), {"title": "On paper"}], first=_reference("first"), hasCurrentVersion=_reference("current"),
    hasVersion=[_reference("v1"), _reference("v2")], previousVersion=_reference("v1"), inSeries=[_SERIES], landingPage=_document("landing"), theme=[_concept("water"), _concept("air")],
    qualifiedRelation=[_node("Relationship", hadRole="https://roles.example/derived", relation="https://datasets.example/related")], purpose="To know", scopeNote="Not all",
    describedBy={"title": "Dictionary", "accessURL": "https://datasets.example/dictionary"}, liabilityStatement="None", image="https://datasets.example/i.png",
    metadataDistribution=[{"title": "ISO 19115", "downloadURL": "https://datasets.example/iso.xml"}], accessRights="Restricted", accrualPeriodicity="R/P1Y",
    contributor=[_agent("contributor")], creator=_agent("creator"), wasAttributedTo=[_agent("attributed")], publisher=_ORGANIZATION, hasPart=[_reference("part")],
    isReferencedBy=["https://papers.example/1"], relation=["https://datasets.example/near"], provenance=["Measured", "Checked"], replaces=[_reference("old")],
    source=[_reference("source")], subject=[_concept("subject")], issued="2000-02-02", page=[_document("page")], wasGeneratedBy=[_node("Activity", label="Generated")],
)  # fmt: skip
_BY_IRI = _dataset(
    "by-iri", publisher="https://agents.example/p", creator="https://agents.example/c", theme=["https://words.example/t"], conformsTo=["https://standards.example/s"],
    landingPage="https://pages.example/p", spatial=["https://places.example/2"], inSeries=["https://series.example/1"], wasGeneratedBy=["https://activities.example/g"],
    qualifiedAttribution=["https://attributions.example/a"], describedBy="https://datasets.example/d", distribution=["https://files.example/by-iri"],
)  # fmt: skip
_BY_LANGUAGE = _dataset(
    "by-language", title={"en": "Bees", "es": "Abejas"}, description={"en": "On bees", "es": "Sobre abejas"}, publisher=_node("Organization", name={"en": "Office", "es": "Oficina"}),
    theme=[_concept("bees")], accessRights={"en": "Public", "es": "Publico"},
    distribution=[{"title": {"en": "File", "es": "Archivo"}, "description": {"en": "Rows", "es": "Filas"}, "downloadURL": "https://files.example/bees.json"}],
)  # fmt: skip
_SINGLE = _dataset(
    "single", identifier={"notation": "single", "schemaAgency": "X"}, temporal={"startDate": "2001", "endDate": "2002"}, spatial={"geometry": "POINT(1 2)"}, language="en",
    theme={"prefLabel": "One"}, keyword="one", contactPoint=_contact("solo"), conformsTo={"@id": "https://standards.example/one"}, rights="One right", publisher=[_ORGANIZATION, _agent("p")],
    license={"@id": "https://licences.example/l", "title": "Terms"}, landingPage=[_document("l1"), _document("l2")],
    distribution={"downloadURL": "https://files.example/a.csv", "mediaType": "https://www.iana.org/assignments/media-types/text/csv",
                  "checksum": [{"algorithm": "md5", "checksumValue": "aa"}, {"algorithm": "sha1", "checksumValue": "bb"}], "license": {"title": "Odd terms"}},
)  # fmt: skip

#: Documents, and their records by entity type and id.
_DOCUMENTS: dict[str, tuple[Node, dict[tuple[str, str], Node]]] = {
    "all properties": (
        {"dataset": [_ALL], "service": [_service("s")], "datasetSeries": [_SERIES]},
        {("dataset", "all"): _ALL, ("dataservice", "s"): _service("s"), ("dataservice", "of-1"): _service("of-1"), ("datasetseries", "https://series.example/1"): _SERIES,
         **{("dataset", name): _reference(name) for name in ("first", "last", "schema", "current", "v1", "v2", "part", "old", "source")}},
    ),
    "nodes by their IRIs": ({"dataset": [_BY_IRI]}, {("dataset", "by-iri"): _BY_IRI}),
    "texts by language": ({"dataset": [_BY_LANGUAGE]}, {("dataset", "by-language"): _BY_LANGUAGE}),
    "one for a list and a list for one": ({"dataset": [_SINGLE]}, {("dataset", "single"): _SINGLE}),
    "catalogs in catalogs": (
        {"dataset": [], "catalog": [{"dataset": [_dataset("a")], "service": [_service("t")], "hasPart": [{"dataset": [_dataset("b")]}]}]},
        {("dataset", "a"): _dataset("a"), ("dataset", "b"): _dataset("b"), ("dataservice", "t"): _service("t"),
         ("dataset", "all"): _reference("all")},
    ),
}  # fmt: skip


def _values(said: Any) -> Iterator[str]:
    """The texts and numbers in a value, but what it says of classes: a row writes the usual one."""
    if isinstance(said, dict):
        for key, item in said.items():
            yield from _values(item) if key != "@type" else ()
    elif isinstance(said, list):
        for item in said:
            yield from _values(item)
    elif isinstance(said, str) and said.startswith("{"):
        yield from _values(json.loads(said))
    elif said is not None:
        yield str(said).removeprefix("mailto:")


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_no_value_of_a_record_is_lost(new_catalog: Callable[[], Catalog], document: str) -> None:
    given, records = _DOCUMENTS[document]
    source, by_n3 = new_catalog(), new_catalog()
    assert source.take(json.dumps({"@type": "Catalog", **given}).encode(), "data.json").refused == []
    us = source.data_json()
    for (entity, id), record in records.items():
        due = set(_values(record))
        served = source.json(id, entity)
        assert due - set(_values(served)) == set()
        assert by_n3.take(source.n3(id, entity), "records.n3").refused == []
        assert comparable(by_n3.json(id, entity)) == comparable(served)
        if entity == "dataset":
            assert due - set(_values(us[id])) == set()
    assert sum(len(source.ids(entity)) for entity in ("dataset", "dataservice", "datasetseries")) == len(records)
