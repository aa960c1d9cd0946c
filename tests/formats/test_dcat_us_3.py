"""DCAT-US 3: series with their members, services, IRIs of records, and what its lists hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dcip_server.formats import dcat_us
from tests.formats.conftest import Catalog

_SERIES = "https://x.example/series"
_A, _B = "https://x.example/a", "https://x.example/b"


def _take(catalog: Catalog, /, **members: Any) -> None:
    document = {"@type": "Catalog", "dataset": [], **members}
    assert catalog.take(json.dumps(document).encode(), "data.json").refused == []


def _dataset(identifier: str, **further: Any) -> dict[str, Any]:
    return {"@type": "Dataset", "identifier": identifier, "title": f"T {identifier}", "description": "D", **further}


def test_a_series_and_its_members_name_each_other_whichever_of_them_says_so(catalog: Catalog) -> None:
    series = {
        "@id": _SERIES, "@type": "DatasetSeries", "title": "S", "description": "D", "first": {"@id": _A},
        "seriesMember": [_dataset("1", **{"@id": _A}), _dataset("2"), _dataset("3"), {"@id": "https://x.example/elsewhere"}],
    }  # fmt: skip
    other = [{"@id": "https://x.example/other", "title": "O"}]
    _take(catalog, datasetSeries=[series], dataset=[_dataset("1", **{"@id": _A}), _dataset("2", inSeries=other)])
    # The third is described in the series alone; what is named only is no record.
    assert sorted(map(str, catalog.ids())) == ["1", "2", "3"]
    assert [catalog.json(id)["in_series"] for id in ("1", "2", "3")] == [
        [_SERIES], ["https://x.example/other", _SERIES], [_SERIES],
    ]  # fmt: skip
    found = catalog.json(_SERIES, "datasetseries")
    assert found["members"] == ["1", "2", "3", "https://x.example/elsewhere"]
    assert found["pod"]["seriesMember"] == series["seriesMember"]
    assert catalog.objects("1", "http://www.w3.org/ns/dcat#inSeries") == {f"<{_SERIES}>"}


@pytest.mark.parametrize(
    "part", [None, [], "https://x.example/catalog", [{"title": "Empty"}], ["https://x.example/catalog"]], ids=str
)
def test_the_catalogs_that_a_catalog_has_as_parts_are_read(catalog: Catalog, part: Any) -> None:
    inner = {"@type": "Catalog", "dataset": [_dataset("2")], "hasPart": {"dataset": [_dataset("3")], "hasPart": part}}
    _take(catalog, dataset=[_dataset("1")], hasPart=[inner])
    assert sorted(map(str, catalog.ids())) == ["1", "2", "3"]


@pytest.mark.parametrize("term", ["homepage", "themeTaxonomy"])
def test_a_catalog_that_has_no_list_of_datasets_is_no_dataset(catalog: Catalog, term: str) -> None:
    document = {"title": "The catalog", "identifier": "c", term: ["https://x.example/"]}
    assert catalog.take(json.dumps(document).encode(), "data.json").counts == (0, 0, 0, 1)


_STATED = {"@id": _SERIES, "identifier": "S-1", "title": "S"}


@pytest.mark.parametrize("among", ["datasetSeries", "dataset"])
@pytest.mark.parametrize(
    ("member", "stated"),
    [
        ({}, "S-1"),
        ({}, ["S-1"]),
        ({}, {"identifier": "S-1", "title": "S"}),
        ({}, [{"@id": _SERIES}]),
        ({"seriesMember": ["1"]}, None),
        ({"seriesMember": "1"}, None),
        ({"seriesMember": [{"identifier": "1"}]}, None),
        ({"seriesMember": ["1"]}, "S-1"),
    ],
)
def test_a_series_is_found_by_its_identifier_wherever_it_stands(
    catalog: Catalog, among: str, member: dict[str, Any], stated: Any
) -> None:
    series = {"@type": "DatasetSeries", **_STATED, **member}
    dataset = _dataset("1", inSeries=stated) if stated else _dataset("1")
    _take(
        catalog, **{"datasetSeries": [], "dataset": [dataset]} | {among: [series, *([dataset] * (among == "dataset"))]}
    )
    assert catalog.json("1")["in_series"] == [_SERIES]
    assert catalog.json("S-1", "datasetseries")["title"] == "S"
    assert catalog.objects("1", "http://www.w3.org/ns/dcat#inSeries") == {f"<{_SERIES}>"}


_SERVICE = {
    "@type": "DataService",
    "@id": "https://x.example/svc",
    "title": "API",
    "endpointURL": "https://x.example/e",
}


@pytest.mark.parametrize(
    ("service", "further", "titles"),
    [
        (_SERVICE, {}, ["API"]),
        ([_SERVICE, {**_SERVICE, "@id": "https://x.example/svc2", "title": "Other"}], {}, ["API", "Other"]),
        (_SERVICE, {"service": [{**_SERVICE, "title": "Stated"}]}, ["Stated"]),
        (_SERVICE, {"catalog": [{"dataset": [], "service": [{**_SERVICE, "title": "Inside"}]}]}, ["Inside"]),
        ({**_SERVICE, "@id": "_:b"}, {}, []),
        ({**_SERVICE, "title": " "}, {}, []),
        ("https://x.example/svc", {}, []),
    ],
)
def test_a_service_that_only_distributions_describe_is_a_record_once(
    catalog: Catalog, service: Any, further: dict[str, Any], titles: list[str]
) -> None:
    files = [{"accessURL": f"https://x.example/{n}", "accessService": service} for n in (1, 2)]
    _take(catalog, dataset=[_dataset("1", distribution=files), _dataset("2", distribution=files[0])], **further)
    assert [catalog.json(id, "dataservice")["title"] for id in catalog.ids("dataservice")] == titles
    assert catalog.json("1")["resources"][0]["pod"]["accessService"] == service


@pytest.mark.parametrize(
    "series",
    [None, 1, "x", {}, {"@id": 1, "seriesMember": [{}]}, {"@id": _SERIES, "title": "S", "seriesMember": {"identifier": [1]}}],
    ids=str,
)  # fmt: skip
def test_a_series_of_any_shape_is_no_traceback(catalog: Catalog, series: Any) -> None:
    document = {"dataset": [_dataset("1", inSeries=[[1]]), 1], "datasetSeries": [series]}
    assert catalog.take(json.dumps(document).encode(), "data.json").outcome.created >= 1
    assert catalog.json("1")["pod"]["inSeries"] == [[1]]


@pytest.mark.parametrize("name", ["@id", "uri"])
@pytest.mark.parametrize(
    ("stated", "subject"),
    [(_A, _A), ("_:b0", None), ("http://example.com/", None), ("a", None), (7, None), ("https://x.example/a b", None)],
)
def test_the_iri_of_a_record_is_its_subject_beside_another_identifier(
    catalogs: tuple[Catalog, Catalog], stated: Any, subject: str | None, name: str
) -> None:
    catalog, other = catalogs
    _take(catalog, dataset=[_dataset("1", **{name: stated})])
    assert catalog.json("1")["pod"][name] == stated
    typed = {
        str(quad.subject) for quad in catalog.graph("1") if str(quad.object) == "<http://www.w3.org/ns/dcat#Dataset>"
    }
    own = f"<{subject}>" if subject else "<http://base.example/dataset/id/1>"
    assert {text.replace("http://catalog.example/rest/", "http://base.example/") for text in typed} == {own}
    assert other.take(catalog.n3("1"), "records.n3").refused == []
    assert (other.ids()[-1], other.json("1")["pod"]) == ("1", catalog.json("1")["pod"])


@pytest.mark.parametrize(
    ("said", "id", "subject"),
    [({"uri": _A}, _A, _A), ({"uri": _A, "@id": _B}, _B, _B), ({"uri": _B, "@id": "_:b0", "identifier": "1"}, "1", _B)],
)
def test_a_uri_stands_in_for_an_id_and_for_an_iri(
    catalog: Catalog, said: dict[str, Any], id: str, subject: str
) -> None:
    _take(catalog, dataset=[{"title": "T", "keyword": ["k"], **said}])
    assert catalog.ids() == [id]
    assert f"\n<{subject}>" in catalog.n3(id).decode()


def test_a_service_has_the_first_of_its_endpoints_and_the_datasets_it_gives(catalog: Catalog) -> None:
    service = {
        "@type": "DataService", "identifier": "s", "title": "S", "publisher": {"name": "P"}, "contactPoint": [{"fn": "A"}, {"fn": "B"}],
        "endpointURL": ["https://api.example/1", "https://api.example/2"], "endpointDescription": ["https://api.example/openapi.json"],
        "servesDataset": [_dataset(_A), {"@id": _B}],
    }  # fmt: skip
    _take(catalog, service=[service])
    found = catalog.json("s", "dataservice")
    assert (found["endpoint_url"], found["endpoint_description"]) == (
        "https://api.example/1", "https://api.example/openapi.json",
    )  # fmt: skip
    assert (found["serves_dataset"], found["contact_point"]) == ([_A, _B], {"name": "A"})
    assert {key: found["pod"][key] for key in ("endpointURL", "servesDataset", "contactPoint")} == {
        key: service[key] for key in ("endpointURL", "servesDataset", "contactPoint")
    }


@pytest.mark.parametrize(
    ("key", "given", "ours", "due"),
    [
        ("versionNotes", "Second edition", "version_notes", "Second edition"),
        ("creator", [{"name": "B"}, {"name": "A"}], "author", "B; A"),
        ("publisher", {"@type": "Organization", "name": "P"}, "maintainer", "P"),
        ("creator", [{"name": "B"}, {"mbox": "x"}], "author", None),
        ("accessRights", "public", "access_rights", "public"),
    ],
)
def test_each_property_that_has_a_key(catalog: Catalog, key: str, given: Any, ours: str, due: str | None) -> None:
    _take(catalog, dataset=[_dataset("1", keyword=["k"], **{key: given})])
    assert catalog.json("1").get(ours) == due


@pytest.mark.parametrize("mail", ["mailto:c@x.example", " MailTo: c@x.example", "c@x.example"])
@pytest.mark.parametrize("contact", [lambda mail: {"fn": "C", "hasEmail": mail}, lambda mail: mail])
def test_the_address_of_a_contact_is_read_without_its_scheme(
    catalog: Catalog, mail: str, contact: Callable[[str], Any]
) -> None:
    _take(catalog, dataset=[_dataset("1", contactPoint=contact(mail))])
    assert catalog.json("1")["contact_point"]["email"] == "c@x.example"


@pytest.mark.parametrize("level", ["Public", "PUBLIC", " restricted  public", "Non-Public"])
def test_an_access_level_in_capitals_is_written_as_the_schema_has_it(catalog: Catalog, level: str) -> None:
    _take(catalog, dataset=[_dataset("1", accessLevel=level)])
    found = catalog.json("1")
    assert found["access_rights"] == level
    assert dcat_us.render_dataset(found)["accessLevel"] == " ".join(level.lower().split())


@pytest.mark.parametrize(
    ("key", "given", "due"),
    [
        ("title", 5, "5"),
        ("title", {"fr": "Abeilles", "en": "Bees"}, "Bees"),
        ("description", {"fr": "Abeilles", "en": "Bees"}, "Bees"),
        ("contactPoint", "c@x.example", {"@type": "vcard:Contact", "hasEmail": "mailto:c@x.example"}),
        ("contactPoint", [{"fn": "C"}, {"fn": "D"}], {"@type": "vcard:Contact", "fn": "C"}),
        ("publisher", "P", {"@type": "org:Organization", "name": "P"}),
        ("keyword", "k", ["k"]),
        ("version", 5, 5),
    ],
)
def test_a_value_in_another_form_is_written_in_that_of_the_schema(
    catalog: Catalog, key: str, given: Any, due: Any
) -> None:
    _take(catalog, dataset=[_dataset("1", **{key: given})])
    assert dcat_us.render_dataset(catalog.json("1"))[key] == due
