"""Corners of the RDF serialisations: what is unusual is kept, or refused in one line."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from tests.formats.conftest import PREFIXES, Catalog, graph_by_rdflib, graph_of
from tests.formats.readings import kept_on_disk

ID = "http://data.example/dataset"
DCT = "http://purl.org/dc/terms/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_OBJECTS = [
    '"a"@en--ltr', '"a"@x-private', '"a"@i-klingon', '"a"@en-verylongsubtag', '"a"@EN-gb', f'"a"^^<{_RDF}langString>',
    f'"<b>a</b>"^^<{_RDF}HTML>', f'"<b>"^^<{_RDF}XMLLiteral>', f'"{{}}"^^<{_RDF}JSON>', f'"{{"^^<{_RDF}JSON>', '"x"^^xsd:integer',
    r'"\u0000"', r'"\u0001\u001f\u007f\u0085"', r'"\uFFFE\uFFFF"', r'"\U0010FFFF"', '""', r'"\r\n"', r'"\\"', r'"\""', "1e400", "-0", "1.0", "true",
    "'''a\nb'''", r"<urn:x:\u00e9>", "<HTTP://DATA.example/A/../b>", "<http://data.example/%7e>", "<//data.example/x>", "<?q>", "<>", "<#>",
    "()", "(1 () [])", "[ ]", "_:a, _:b", "<http://\xe9.example/>", "<http://data.example/\u202e>", "<mailto:a@b.example?subject=%22>",
    "<http://data.example/a[1]>", "<http://data.example/%zz>", "<urn:>", "<x:>", "<http://>",
]  # fmt: skip


@pytest.mark.parametrize("said", _OBJECTS, ids=ascii)
def test_what_is_unusual_is_kept_or_refused_in_one_line(catalog: Catalog, said: str) -> None:
    turtle = f':dataset a dcat:Dataset ; dct:title "A" ; dct:relation {said} .'
    taken = catalog.take_turtle(turtle)
    if taken.refused:
        assert len(taken.refused) == 1
        assert catalog.ids() == []
        return
    served = catalog.n3(ID)
    assert graph_by_rdflib(served) == graph_of(served)
    assert catalog.objects(ID, DCT + "relation")
    assert catalog.take_turtle(turtle).counts == (0, 0, 1, 0)


_XML_HEAD = (
    f'<rdf:RDF xmlns:rdf="{_RDF}" xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="{DCT}"'
    ' xml:base="http://data.example/" xml:lang="de">'
)
_XML = f"""<?xml version="1.0"?>
{_XML_HEAD}
<dcat:Dataset rdf:about="dataset" dct:identifier="d-1">
    <dct:title>\xc4pfel</dct:title><dct:title xml:lang="">A</dct:title>
    <dct:description rdf:parseType="Literal">a <b xmlns="urn:x:">b</b></dct:description>
    <dct:publisher rdf:parseType="Resource"><dct:title>Amt</dct:title></dct:publisher>
    <dct:relation rdf:parseType="Collection"><rdf:Description rdf:about="x"/></dct:relation>
    <dct:relation><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dct:relation>
    <dct:issued rdf:datatype="http://www.w3.org/2001/XMLSchema#date">2011-05-09</dct:issued>
</dcat:Dataset></rdf:RDF>""".encode()


def test_everything_that_rdf_xml_can_abbreviate_comes_out_again(catalog: Catalog) -> None:
    assert catalog.take(_XML, "records.rdf").refused == []
    # rdflib does not know that an empty xml:lang takes the outer one away.
    due = graph_by_rdflib(_XML.replace(b'<dct:title xml:lang="">A</dct:title>', b"<dct:title>A</dct:title>"), "xml")
    found = graph_of(catalog.n3("d-1"))
    added = [quad for quad in found if "/rest/dataset/id/" in quad.subject.value]
    assert len(due) == 15
    assert len(found) - len(added) == len(due)
    assert catalog.objects("d-1", DCT + "title") == {'"\xc4pfel"@de', '"A"', '"Amt"@de'}
    assert catalog.json("d-1")["maintainer"] == "Amt"
    for name in ("_1", "_2", "first", "rest"):
        assert any(quad.predicate.value == _RDF + name for quad in found)


@pytest.mark.parametrize(
    "body",
    [
        '<dcat:Dataset rdf:about="a b"><dct:title>A</dct:title></dcat:Dataset>',
        '<dcat:Dataset rdf:about="x"><dct:title>A</dct:title><dct:license rdf:resource="http://a.example/ http://b.example/"/></dcat:Dataset>',
        '<dcat:Dataset rdf:about="x" xml:lang="eN"><dct:title xml:lang="not a tag">A</dct:title></dcat:Dataset>',
        '<dcat:Dataset rdf:ID="1 x"><dct:title>A</dct:title></dcat:Dataset>',
        '<dcat:Dataset rdf:about="x"><dct:title>A</dct:title><dct:issued rdf:datatype="a b">2011</dct:issued></dcat:Dataset>',
        '<dcat:Dataset rdf:about="x"><dct:title>A<b>c</b></dct:title></dcat:Dataset>',
        '<dcat:Dataset rdf:about="x" rdf:nodeID="y"><dct:title>A</dct:title></dcat:Dataset>',
    ],
    ids=["space in about", "two IRIs in one", "tag that is none", "ID that is none", "datatype with a space", "markup", "about and nodeID"],
)  # fmt: skip
def test_sloppy_rdf_xml_is_repaired_or_refused_in_one_line(catalog: Catalog, body: str) -> None:
    taken = catalog.take(f"{_XML_HEAD}{body}</rdf:RDF>".encode(), "records.rdf")
    assert taken.outcome.created + len(taken.refused) == 1
    for id in catalog.ids():
        served = catalog.n3(id)
        assert graph_by_rdflib(served) == graph_of(served)


#: The text of a description, and what it says.
_INTERRUPTED = {
    "a comment": ("a<!-- b -->c", "ac"),
    "a comment of two lines": ("a<!-- b\n -->c", "ac"),
    "a processing instruction": ("a<?b c?>d", "ad"),
    "a CDATA section": ("a <![CDATA[<b> & ]] c]]>d", "a <b> & ]] cd"),
    "a CDATA section alone": ("<![CDATA[<!-- no comment -->]]>", "<!-- no comment -->"),
    "two CDATA sections and a comment": ("<![CDATA[a]]><!-- <![CDATA[b]]> --><![CDATA[<?c?>]]>", "a<?c?>"),
    "a mark in a comment": ("a<!-- <b> & -->&lt;c>", "a<c>"),
}


@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
@pytest.mark.parametrize("case", _INTERRUPTED)
def test_a_text_of_several_pieces_in_rdf_xml_is_one_and_no_blank_node_before_it_is_read_twice(
    catalog: Catalog, case: str, on_disk: bool
) -> None:
    markup, text = _INTERRUPTED[case]
    document = f"""{_XML_HEAD}<dcat:Dataset><dct:title>A</dct:title>
        <dct:publisher rdf:parseType="Resource"><dct:title>Amt</dct:title></dct:publisher>
        <dcat:distribution><dcat:Distribution><dcat:downloadURL rdf:resource="http://x.example/1"/></dcat:Distribution></dcat:distribution>
        <dct:description>{markup}</dct:description></dcat:Dataset></rdf:RDF>"""
    with kept_on_disk() if on_disk else nullcontext():
        assert catalog.take(document.encode(), "records.rdf").counts == (1, 0, 0, 0)
    (id,) = catalog.ids()
    found = catalog.json(id)
    assert (found["description"], found["maintainer"], len(found["resources"])) == (text, "Amt", 1)
    assert len(catalog.objects(id, DCT + "publisher")) == 1


_BLANK_NODES = """<dcat:Dataset rdf:about="first"><dct:title>One</dct:title>
    <dct:publisher rdf:parseType="Resource"><dct:title>Amt</dct:title></dct:publisher>
    <dcat:distribution><dcat:Distribution><dcat:accessURL rdf:resource="http://a.example/"/></dcat:Distribution></dcat:distribution>
    </dcat:Dataset>"""


def test_what_is_read_by_the_lenient_reader_is_read_by_it_alone(catalog: Catalog) -> None:
    catalog.take(f"{_XML_HEAD}{_BLANK_NODES}text between elements</rdf:RDF>".encode(), "records.rdf")
    assert catalog.n3("http://data.example/first").count(b"a dcat:Distribution") == 1


@pytest.mark.parametrize(
    ("document", "ids"),
    [
        ('{"@context": %s, "@graph": [{"@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "A"}]}', ["urn:x:1"]),
        ('[{"@context": %s, "@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": {"@value": "A", "@language": "en"}}]', ["urn:x:1"]),
        ('{"@context": [%s, {"T": "dct:title"}], "@id": "urn:x:1", "@type": ["dcat:Dataset"], "T": "A"}', ["urn:x:1"]),
        ('{"@context": %s, "@id": "urn:g:1", "@graph": [{"@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "A"}]}', ["urn:x:1"]),
        ('{"@context": %s, "dcat:dataset": [{"@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "A"}]}', ["urn:x:1"]),
        ('{"@context": {"id": "@id", "type": "@type", "dcat": "http://www.w3.org/ns/dcat#", "title": "http://purl.org/dc/terms/title"},'
         ' "id": "urn:x:1", "type": "dcat:Dataset", "title": "A"}', ["urn:x:1"]),
        ('{"@context": null, "@graph": []}', []),
        ("{}", None),
    ],
    ids=["@graph", "array", "contexts", "named graph", "nested", "aliases", "empty graph", "empty object"],
)  # fmt: skip
def test_json_ld_in_its_many_shapes(catalog: Catalog, document: str, ids: list[str] | None) -> None:
    context = '{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"}'
    taken = catalog.take(document.replace("%s", context).encode(), "records.jsonld")
    assert catalog.ids() == (ids or [])
    assert taken.refused == []


#: Addresses in RDF, and the same in the record; those whose host nobody can read are text.
_HOSTS = {
    "http://[::1": "http://[::1", "http://[::1>": "http://[::1>", "http://[x]/a b": "http://[x]/a b", "http://[::1]/a b": "http://[::1]/a%20b",
    "https://x.example/[a]": "https://x.example/%5Ba%5D", "https://été.example/": "https://été.example/",
}  # fmt: skip


@pytest.mark.parametrize("given", _HOSTS)
@pytest.mark.parametrize("name", ["a.ttl", "a.rdf", "a.jsonld"])
def test_an_address_whose_host_nobody_can_read_is_kept_as_it_is_written(
    catalog: Catalog, given: str, name: str
) -> None:
    escaped = given.replace(">", "\\u003E").replace(" ", "\\u0020")
    documents = {
        "a.ttl": f'{PREFIXES} :d a dcat:Dataset ; dct:title "A" ; dcat:landingPage <{escaped}> .',
        "a.rdf": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">'
        '<dcat:Dataset r:about="http://data.example/d"><dct:title>A</dct:title>'
        f'<dcat:landingPage r:resource="{given.replace(">", "&gt;")}"/></dcat:Dataset></r:RDF>',
        "a.jsonld": json.dumps({
            "@id": "http://data.example/d", "@type": "http://www.w3.org/ns/dcat#Dataset", "http://purl.org/dc/terms/title": "A",
            "http://www.w3.org/ns/dcat#landingPage": {"@id": given},
        }),
    }  # fmt: skip
    assert catalog.take(documents[name].encode(), name).refused == []
    assert catalog.json("http://data.example/d").get("landing_page") == _HOSTS[given]
    (term,) = catalog.objects("http://data.example/d", "http://www.w3.org/ns/dcat#landingPage")
    assert term == (f'"{given}"' if _HOSTS[given] == given and "[" in given else f"<{_HOSTS[given]}>")


def test_a_dataset_whose_iri_has_no_host_that_can_be_read_has_that_text_as_its_id(catalog: Catalog) -> None:
    taken = catalog.take_turtle('<http://[::1> a dcat:Dataset ; dct:title "A" .')
    assert (taken.refused, catalog.ids()) == ([], ["http://[::1"])
    assert "<http://%5B" not in catalog.n3("http://[::1").decode()


@pytest.mark.parametrize("language", ["en", "EN-gb", None])
def test_text_with_a_direction_in_json_ld_is_text_without_one(catalog: Catalog, language: str | None) -> None:
    title = {"@value": "A", "@direction": "ltr"} | ({"@language": language} if language else {})
    record = {"@id": ID, "@type": "http://www.w3.org/ns/dcat#Dataset", DCT + "title": title}
    assert catalog.take(json.dumps(record).encode(), "records.jsonld").refused == []
    assert catalog.objects(ID, DCT + "title") == {f'"A"@{language.lower()}' if language else '"A"'}
