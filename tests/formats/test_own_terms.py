"""The terms of our own in a source of somebody else's: whatever they say, what is served has the draft's types."""

from __future__ import annotations

import pytest

from tests.formats.conftest import Catalog, assert_types, graph_of

ID = "urn:x:d"
_HEAD = (
    "@prefix dcip: <http://spec.datacatalogs.com/#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
)

_DATASET_VALUES = [
    '{"title": 5}', '{"title": ""}', '{"title": null}', '{"title": ["x"]}', '{"title": "new"}', '{"tags": "abc"}', '{"tags": [5]}', '{"tags": 5}',
    '{"tags": [null]}', '{"tags": {}}', '{"spatial": "x"}', '{"spatial": {"type": "x"}}', '{"license": 5}', '{"license": {}}', '{"name": {"a": 1}}',
    '{"author": ["x"]}', '{"temporal": "\\u0000"}', '{"version": 1}', '{"x": "\\ud800"}', '{"x": null}', '{"id": "other"}', '{"id": null}',
    '{"resources": "x"}', '{"resources": [{"url": 5}]}', '{"metadata_modified": "x"}', '{"metadata_created": 5}', '{"translations": 5}',
    '{"unlinked_resources": 5}', '{"x": 1e999}', '{"x": NaN}', "[]", "5", "{", "", "null",
]  # fmt: skip
_RESOURCE_VALUES = [
    '{"url": 5}', '{"url": ""}', '{"url": null}', '{"url": ["x"]}', '{"size": "x"}', '{"size": -1}', '{"size": 1.5}', '{"size": true}', '{"title": 5}',
    '{"resource_type": 5}', '{"format": {"a": 1}}', '{"hash": 5}', '{"last_modified": "x"}', '{"last_modified": 5}', '{"mimetype": []}',
    '{"name": true}', '{"access_url": 5}', '{"x": "\\ud800"}', "[]", "{",
]  # fmt: skip


def _assert_served_with_the_drafts_types(catalog: Catalog, said: str) -> None:
    """The dataset is taken or refused, the other one of the file is taken, and the same once more changes nothing."""
    text = _HEAD + f'<{ID}> a dcat:Dataset ; dct:title "A" {said} . <urn:x:e> a dcat:Dataset ; dct:title "E" .'
    taken = catalog.take_turtle(text)
    assert "urn:x:e" in catalog.ids()
    assert len(catalog.ids()) + len(taken.refused) == 2
    for id in catalog.ids():
        assert_types(catalog.json(id), id)
        assert len(graph_of(catalog.n3(id))) >= 6
    assert catalog.take_turtle(text).outcome.updated == 0


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"^^rdf:JSON'


@pytest.mark.parametrize("value", _DATASET_VALUES)
def test_json_that_a_source_puts_beside_a_dataset_breaks_no_type(catalog: Catalog, value: str) -> None:
    _assert_served_with_the_drafts_types(catalog, f"; dcip:json {_literal(value)}")


@pytest.mark.parametrize("value", _RESOURCE_VALUES)
def test_json_that_a_source_puts_beside_a_distribution_breaks_no_type(catalog: Catalog, value: str) -> None:
    _assert_served_with_the_drafts_types(
        catalog, f"; dcat:distribution [ dcat:accessURL <http://x.example/y> ; dcip:json {_literal(value)} ]"
    )


@pytest.mark.parametrize(
    "value", ['""', '" "', "5", "<urn:x:f>", "_:b", "[]", '"a", "b"', '"a"@en', r'"a\u0000"', "true", "1.5"]
)
def test_an_id_that_a_source_puts_beside_a_dataset_breaks_no_type(catalog: Catalog, value: str) -> None:
    _assert_served_with_the_drafts_types(
        catalog, f". <urn:x:r> a dcat:CatalogRecord ; foaf:primaryTopic <{ID}> ; dcip:id {value}"
    )


@pytest.mark.parametrize("value", ['""', '" "', "5", "<urn:x:f>", "_:b", "[]", '"a", "b"', '"file"@en'])
def test_a_resource_type_that_a_source_puts_beside_a_distribution_breaks_no_type(catalog: Catalog, value: str) -> None:
    _assert_served_with_the_drafts_types(
        catalog, f"; dcat:distribution [ dcat:accessURL <http://x.example/y> ; dcip:resourceType {value} ]"
    )


def test_a_blank_node_s_label_is_never_an_id(catalog: Catalog) -> None:
    _assert_served_with_the_drafts_types(
        catalog,
        f". <urn:x:r> a dcat:CatalogRecord ; foaf:primaryTopic <{ID}> ; dcip:id _:label ; dct:identifier _:other",
    )
    assert ID in catalog.ids()


@pytest.mark.parametrize(
    "given",
    [
        "[ dcip:id 7 ]", "[]", "()", "<http://x.example/>", '"x"@en', "'\"ckan\":'", "'[\"ckan\":'", "'[{\"ckan\": 1}]'", "'{\"ckan\": 7}', '{'",
        "'{\"ckan\": {\"organization\": 7, \"extras\": [1, {\"key\": 2}, {\"value\": {}}], \"author_email\": [1], \"maintainer_email\": {}}}'",
        "'{\"ckan\": {\"organization\": {\"title\": [1]}, \"extras\": 7, \"author_email\": 7}, \"author\": 7, \"maintainer\": [1]}'",
        "'{\"ckan\": {\"organization\": {\"title\": \"O\\\\ud800\"}, \"author_email\": \"a@x.example\"}, \"author\": \"\\\\u0000\\\\udfff\"}'",
        "'{\"ckan\": {\"author_email\": \"a b@x.example\\\\u0000\"}, \"x\": {\"ckan\": 1}}'",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "page", ["/catalog.ttl", "/catalog.rdf", "/data.rdf", "/data.json", "/api/3/action/package_search"]
)
def test_whatever_a_source_says_in_a_term_of_ours_every_feed_is_answered(
    catalog: Catalog, given: str, page: str
) -> None:
    catalog.take_turtle(
        f'{_HEAD} <{ID}> a dcat:Dataset ; dct:title "A" ; dcip:json {given} . <urn:x:e> a dcat:Dataset ; dct:title "E" .'
    )
    assert b"urn:x:e" in catalog.page(page)
