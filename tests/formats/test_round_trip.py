"""A record in JSON goes out as N3 and comes back as the same JSON, up to the order of tags and resources."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats import strategies
from tests.formats.conftest import Catalog, assert_types, comparable, graph_by_rdflib, graph_of

_PROPERTY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def pruned(value: Any) -> Any:
    """Draft, "Empty or Missing Values": a null or empty value has no key; GeoJSON and IB1's blocks are one value."""
    if isinstance(value, list):
        return [pruned(item) for item in value]
    if not isinstance(value, dict) or value.get("type") in ("Point", "Polygon", "Feature", "GeometryCollection"):
        return value
    kept = {key: item if key == "ib1" else pruned(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item not in (None, "", [], {})}


def served(record: dict[str, Any]) -> dict[str, Any]:
    """What a catalog serves of a record, but for the times that it adds."""
    resources = [{"resource_type": "file", **pruned(resource)} for resource in record.get("resources", [])]
    kept = {"license": "notspecified", **pruned(record), "resources": resources}
    if tags := list(dict.fromkeys(kept.get("tags", ()))):
        kept["tags"] = tags
    return kept


def exact(value: Any) -> str:
    """JSON text: tells 1 from 1.0 and from true, as comparing values would not."""
    return json.dumps(value, sort_keys=True)


def take(catalog: Catalog, record: dict[str, Any]) -> dict[str, Any]:
    """Import a record; returns it as it is served."""
    taken = catalog.take_json(record, format="dcip")
    assert taken.refused == []
    return catalog.json(record["id"])


def without_times(record: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    added = {"metadata_modified", "metadata_created"} - given.keys()
    return {key: value for key, value in record.items() if key not in added}


@_PROPERTY
@given(record=strategies.records())
def test_nothing_of_a_record_is_lost_or_changed(catalogs: tuple[Catalog, Catalog], record: dict[str, Any]) -> None:
    found = take(catalogs[0], record)
    assert exact(without_times(found, record)) == exact(served(record))
    assert_types(found, record["id"])


@_PROPERTY
@given(record=strategies.records())
def test_the_n3_of_a_record_read_back_is_the_same_json(
    catalogs: tuple[Catalog, Catalog], record: dict[str, Any]
) -> None:
    found = take(catalogs[0], record)
    back = catalogs[1].take(catalogs[0].n3(record["id"]), "records.n3")
    assert back.refused == []
    assert exact(comparable(catalogs[1].json(record["id"]))) == exact(comparable(found))


@_PROPERTY
@given(record=strategies.records())
def test_rdflib_and_pyoxigraph_read_the_same_graph_in_the_n3_of_a_record(
    catalogs: tuple[Catalog, Catalog], record: dict[str, Any]
) -> None:
    take(catalogs[0], record)
    n3 = catalogs[0].n3(record["id"])
    assert graph_by_rdflib(n3) == graph_of(n3)


@pytest.mark.parametrize(
    ("serialisation", "name", "texts", "bits"),
    [
        ("turtle", "records.ttl", strategies.texts, 70),
        ("nt", "records.nt", strategies.texts, 70),
        # rdflib writes integers as JSON numbers, and those that pass 64 bits lose digits on the way.
        ("json-ld", "records.jsonld", strategies.texts, 62),
        ("xml", "records.rdf", strategies.xml_texts, 70),
    ],
    ids=["Turtle", "N-Triples", "JSON-LD", "RDF/XML"],
)
def test_the_n3_of_a_record_passed_on_by_rdflib_is_the_same_json(
    catalogs: tuple[Catalog, Catalog], serialisation: str, name: str, texts: st.SearchStrategy[str], bits: int
) -> None:
    @settings(_PROPERTY, max_examples=100)
    @given(record=strategies.records(texts, bits))
    def holds(record: dict[str, Any]) -> None:
        found = take(catalogs[0], record)
        graph = rdflib.Graph().parse(data=catalogs[0].n3(record["id"]), format="n3")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = graph.serialize(format=serialisation, encoding="utf-8")
        assert catalogs[1].take(document, name).refused == []
        assert exact(comparable(catalogs[1].json(record["id"]))) == exact(comparable(found))

    holds()
