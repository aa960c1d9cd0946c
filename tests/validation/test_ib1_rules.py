"""IB1 files against the numbered rules: each row changes one thing in a file that is valid."""

from __future__ import annotations

import pytest

from dcip_server.validation import Context, validate

_MEMBER = "https://directory.example.org/member/1"
_DATASET = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ib1: <https://registry.trust.ib1.org/ns/1.0#> .
<https://data.example.org/trees> a dcat:Dataset ;
    dcterms:title "Trees" ;
    dcterms:description "Every tree in a street." ;
    dcterms:publisher <{_MEMBER}> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcat:version "1.0.0" ; dcat:versionNotes "First" ;
    ib1:dataSchema <https://data.example.org/schema> ;
    ib1:datasetAssurance <https://registry.trust.ib1.org/dataset-assurance-level/Level1> ;
    ib1:sensitivityClass <https://registry.trust.ib1.org/sensitivity-class/IB1-O> ;
    ib1:trustFramework <https://registry.example.org/tf> ;
    ib1:scheme <https://registry.example.org/scheme> ;
    dcat:distribution <https://data.example.org/trees/csv> .
<https://data.example.org/trees/csv> a dcat:Distribution ;
    dcat:downloadURL <https://files.example.org/trees.csv> ;
    dcat:mediaType "text/csv" ; ib1:dataSchema <https://data.example.org/schema> .
"""
_CONTEXT = Context(member=_MEMBER, schemes=frozenset({"https://registry.example.org/scheme"}))

#: What is replaced, by what, the error ids in ib1-open-data and in ib1-metadata, warnings that must be there in both.
_ROWS = [
    ("Every tree", "All trees", "", "", ""),
    ('dcterms:title "Trees"', 'dcterms:title " "', "C-04", "C-04", ""),
    ('"Trees"', '"Trees"@en, "Bäume"@de', "", "", ""),
    ('"Trees"', '"Trees"@en, "Woods"@en', "", "", "C-05"),
    ('dcterms:description "Every tree in a street." ;', "", "D-01", "D-01", ""),
    ('dcat:version "1.0.0" ;', "", "", "D-02", ""),
    ('dcat:version "1.0.0" ;', 'dcat:version "v1.2" ;', "", "", ""),
    ('dcat:version "1.0.0" ;', 'dcat:version "spring" ;', "", "", "D-04"),
    ('dcat:versionNotes "First" ;', "", "", "D-03", ""),
    (f"<{_MEMBER}>", f"<{_MEMBER}>, <https://other.example.org/>", "", "", ""),
    (f"<{_MEMBER}>", f"<{_MEMBER}/>", "C-06", "", ""),
    (f"<{_MEMBER}>", f'"{_MEMBER}"', "C-14", "C-14", ""),
    ("licenses/by/4.0/", "licenses/by-nc/4.0/", "L-02", "", ""),
    ("licenses/by/4.0/", "licenses/by/", "L-02 L-03", "", ""),
    ("licenses/by/4.0/", "licenses/by/3.0/igo/", "", "", "L-04 L-05"),
    ("https://creativecommons.org/licenses/by/4.0/", "http://www.creativecommons.org/licenses/BY/4.0/deed.de", "", "", "L-04"),
    ("<https://creativecommons.org/licenses/by/4.0/>", '"CC BY"', "C-14", "C-14", ""),
    ("sensitivity-class/IB1-O", "sensitivity-class/IB1-O/", "C-10", "C-10", ""),
    ("sensitivity-class/IB1-O", "sensitivity-class/IB1-C", "C-11", "C-11", ""),
    ("sensitivity-class/IB1-O", "sensitivity-class/IB1-SA", "C-10", "", ""),
    ("<https://registry.trust.ib1.org/sensitivity-class/IB1-O>", '"IB1-SB"', "C-10", "", ""),
    ("<https://registry.trust.ib1.org/sensitivity-class/IB1-O>", "ib1:IB1-O", "C-10", "", ""),
    ("<https://registry.trust.ib1.org/sensitivity-class/IB1-O>", '"IB1OE-O"', "C-10", "C-10", ""),
    ("ib1:scheme <https://registry.example.org/scheme>", "ib1:scheme <https://registry.example.org/s2>", "C-08", "", ""),
    ("ib1:trustFramework <https://registry.example.org/tf> ;", "", "C-07", "", ""),
    ("<https://registry.example.org/tf>", "<https://else.example.org/tf>", "", "", "C-09"),
    ("<https://registry.trust.ib1.org/ns/1.0#>", "<https://registry.core.trust.ib1.org/ns/1.0#>", "", "", "C-13"),
    ("<https://registry.trust.ib1.org/ns/1.0#>", "<http://ib1.org/terms/>", "C-07 C-08 C-10", "", "C-13"),
    ("<https://data.example.org/trees> a", "<urn:x:trees> a", "C-02", "C-02", ""),
    ("<https://data.example.org/trees> a", "_:trees a", "C-02", "C-02", ""),
    ("<https://data.example.org/trees> a", "<trees> a", "C-02", "C-02", ""),
    ("files.example.org/trees.csv", "files.example.org/the trees.csv", "C-03", "C-03", ""),
    ("files.example.org/trees.csv", "files.example.org/trees%2.csv", "C-03", "C-03", ""),
    ("files.example.org/trees.csv", "127.1/trees.csv", "H-10", "H-10", ""),
    ("files.example.org/trees.csv", "2130706433/trees.csv", "H-10", "H-10", ""),
    ("files.example.org/trees.csv", "[::ffff:127.0.0.1]/trees.csv", "H-10", "H-10", ""),
    ("<https://files.example.org/trees.csv>", "<javascript:alert>", "T-03", "T-03", ""),
    ('dcat:mediaType "text/csv"', 'dcat:mediaType "CSV"', "T-04", "T-04", ""),
    ('dcat:mediaType "text/csv"', 'dcat:media_type "Text/CSV; header=present"', "", "", "T-05"),
    ('dcat:mediaType "text/csv"', 'dcat:mediaType <http://www.iana.org/assignments/media-types/text/csv>', "", "", ""),
    ('"text/csv" ; ib1:dataSchema <https://data.example.org/schema>', '"text/csv"', "", "T-06", ""),
    ("<https://data.example.org/trees/csv> a dcat:Distribution", "<https://data.example.org/x> a dcat:Distribution", "T-01", "T-01", "T-09"),
    ("csv> a dcat:Distribution ;", "csv>", "", "", "T-08"),
    ("dcat:distribution <https://data.example.org/trees/csv>", "dcterms:subject <https://data.example.org/trees/csv>", "D-05", "D-05", "T-09"),
    ("a dcat:Dataset ;", "a dcat:DataSet ;", "F-12", "F-12", ""),
    ("a dcat:Dataset ;", "a <http://schema.org/Dataset> ;", "F-12", "F-12", ""),
    ("a dcat:Dataset ;", "a dcat:Catalog ;", "F-11", "F-11", ""),
    ("ib1:scheme <", "dcterms:confirmsTo <https://a.example/> ; ib1:scheme <", "", "", "F-13"),
    ("ib1:scheme <", "dcat:endpointURL <https://a.example/x> ; ib1:scheme <", "", "", "D-08"),
    ("Every tree", "x" * 64_001, "F-10", "F-10", ""),
    ("Every tree", "x" * 63_000, "", "", ""),
    ('"Trees" ;', '"Trees"', "F-03", "F-03", ""),
    ("a dcat:Dataset ;", "a dcat:Dataset, dcat:DataService ;", "C-01", "C-01", ""),
    ("    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;\n", "", "L-01", "", ""),
    ("licenses/by/4.0/>", "licenses/by/4.0/>, <https://opendatacommons.org/licenses/odbl/1-0/>", "", "", "L-06"),
    ('"text/csv" ;', '"text/csv" ; dcterms:license <https://creativecommons.org/licenses/by-nd/4.0/> ;', "L-07", "", ""),
    ('"text/csv" ;', '"text/csv" ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;', "", "", ""),
    ("ib1:scheme <", "dcat:inSeries <https://data.example.org/trees/csv> ; ib1:scheme <", "E-01", "E-01", ""),
    ("ib1:scheme <", "dcat:inSeries <https://data.example.org/s> ; ib1:scheme <", "", "", "E-02"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "open_errors", "errors", "warnings"), _ROWS)
def test_a_change_of_a_valid_file_has_these_findings(
    old: str, new: str, open_errors: str, errors: str, warnings: str
) -> None:
    assert old in _DATASET
    data = _DATASET.replace(old, new, 1).encode()
    for profile, due in (("ib1-open-data", open_errors), ("ib1-metadata", errors)):
        report = validate(data, profile, _CONTEXT, extension="ttl")
        assert {finding.rule for finding in report.errors} == {f"IB1-{id}" for id in due.split()}
        assert {finding.rule for finding in report.warnings} >= {f"IB1-{id}" for id in warnings.split()}
        assert report.valid == ("no" if due else "yes")


def test_there_are_so_many_rows() -> None:
    assert len(_ROWS) == 59


#: Extension, bytes and the rule that refuses the whole file in ib1-metadata.
_FILES = [
    ("txt", b"x", "F-01"),
    ("rdf", b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "F-04"),
    ("rdf", b"<r>", "F-03"),
    ("n3", b"{ <a> <b> <c> } => { <d> <e> <f> } .", "F-05"),
    ("n3", b"?x <https://p.example/> 1 .", "F-05"),
    ("n3", b"@forAll <x> .", "F-05"),
    ("ttl", b"\xff\xfe", "F-03"),
    ("jsonld", b'{"@context": "https://schema.org/", "@id": "https://a.example/"}', "F-06"),
    ("jsonld", b'{"@context": {"@import": "https://schema.org/"}}', "F-06"),
    ("jsonld", b'{"@id": "https://a.example/", "@id": "https://b.example/"}', "F-08"),
    ("jsonld", b"[" * 65 + b"]" * 65, "F-07"),
    ("jsonld", b"[" * 9_000_000, "F-07"),
    ("yaml", b"[" * 9_000_000, "F-07"),
    ("yaml", b"- a: &a [1,2,3,4,5,6,7,8,9,10]\n"
             + b"".join(b"- &%c [%s]\n" % (c + 1, b",".join([b"*%c" % c] * 10)) for c in b"abcdefgh"), "F-07"),
    ("yaml", b"- !!python/object:os.system x", "F-07"),
    ("yaml", b"- a\n---\n- b", "F-07"),
    ("yaml", b"- &a [*a]", "F-07"),
    ("yaml", b"- 200: a\n  '200': b", "F-08"),
    ("yaml", b"a: b", "Y-01"),
    ("json", b"{", "F-03"),
    ("ttl", b"#" * (10 << 20) + b"#", "F-09"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("extension", "data", "rule"), _FILES, ids=[f"{e}-{r}-{n}" for n, (e, _, r) in enumerate(_FILES)]
)
def test_a_hostile_file_is_refused_whole(extension: str, data: bytes, rule: str) -> None:
    report = validate(data, "ib1-metadata", _CONTEXT, extension=extension)
    assert ({finding.rule for finding in report.errors}, report.entries) == ({f"IB1-{rule}"}, ())
    assert len(_FILES) == 21


#: What is replaced, and the warnings of ib1-open-data that come by it.
_WARNINGS = [
    ("    ib1:datasetAssurance <https://registry.trust.ib1.org/dataset-assurance-level/Level1> ;\n", "", "C-12"),
    ("    ib1:dataSchema <https://data.example.org/schema> ;\n", "", "D-06"),
    ("trees/csv>", "trees/csv>, [ a dcat:Distribution ; dcat:mediaType \"text/csv\" ; dcat:downloadURL <https://a.example/> ]", "T-02"),
    ("Every tree", "All trees", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "warnings"), _WARNINGS)
def test_a_change_of_a_valid_file_has_exactly_these_warnings(old: str, new: str, warnings: str) -> None:
    assert old in _DATASET
    report = validate(_DATASET.replace(old, new, 1).encode(), "ib1-open-data", _CONTEXT, extension="ttl")
    assert [finding.rule for finding in report.findings] == [f"IB1-{id}" for id in warnings.split()]
    assert report.valid == "yes"


#: The file's address, and whether it may be published there.
_ADDRESSES = [
    ("https://data.example.org/catalog.ttl", True),
    ("http://data.example.org/catalog.ttl", False),
    ("ftp://data.example.org/catalog.ttl", False),
    ("https://me@data.example.org/catalog.ttl", False),
    ("https://localhost/catalog.ttl", False),
    ("https://10.0.0.1/catalog.ttl", False),
    ("https://[::1]/catalog.ttl", False),
    ("catalog.ttl", False),
]


@pytest.mark.parametrize(("url", "passes"), _ADDRESSES)
def test_a_file_is_published_over_https_on_a_public_host(url: str, passes: bool) -> None:
    report = validate(_DATASET.encode(), "ib1-open-data", Context(file_url=url, member=_MEMBER), extension="ttl")
    assert {finding.rule for finding in report.errors} == (set() if passes else {"IB1-H-01"})
    assert len(report.entries) == passes


# --- series ---

_SERIES = f"""<https://data.example.org/series> a dcat:DatasetSeries ; dcterms:title "Trees by year" ;
    dcterms:publisher <{_MEMBER}> .
"""
#: A series in place of the valid one, the errors and the warnings.
_SERIES_ROWS = [
    ("", "", "", ""),
    ('dcterms:title "Trees by year" ;', 'dcterms:title " " ;', "E-03", ""),
    ("dcat:DatasetSeries", "dcat:DataSeries", "", "E-05"),
    ("https://data.example.org/series>", "urn:x:series>", "C-02", "E-02"),
]


@pytest.mark.parametrize(("old", "new", "errors", "warnings"), _SERIES_ROWS)
def test_a_series_that_is_refused_does_not_refuse_its_members(old: str, new: str, errors: str, warnings: str) -> None:
    assert old in _SERIES
    member = _DATASET.replace("ib1:scheme <", "dcat:inSeries <https://data.example.org/series> ; ib1:scheme <")
    report = validate((member + _SERIES.replace(old, new, 1)).encode(), "ib1-open-data", _CONTEXT, extension="ttl")
    assert [finding.rule for finding in report.errors] == [f"IB1-{id}" for id in errors.split()]
    assert [finding.rule for finding in report.warnings] == [f"IB1-{id}" for id in warnings.split()]
    accepted = {entry.subject: entry.accepted for entry in report.entries}
    assert accepted.pop("https://data.example.org/trees")
    assert list(accepted.values()) == [not errors]


#: Titles of two datasets, and whether they look like periods of one source.
_TITLES = [
    ("Trees 2023", "Trees 2024", True),
    ("Trees", "Trees 2024", True),
    ("Trees, April 2024", "Trees, May 2024", True),
    ("Trees (Sept. 2024)", "Trees (Oct 2024)", True),
    ("Arbres, août 2024", "Arbres, juillet 2024", True),
    ("Trees Q1 2024", "Trees Q2 2024", True),
    ("Trees 2nd quarter 2024", "Trees first quarter 2025", True),
    ("Trees as of 2024-04-22", "Trees as of 22/04/2023", True),
    ("Trees 22 April 2024", "Trees 1st May 2024", True),
    ("Trees 2022/23", "trees 2023-2024", True),
    ("Trees", "Trees", False),
    ("Trees 1", "Trees 2", False),
    ("Trees 3023", "Trees 3024", False),
    ("Trees 2023", "Shrubs 2023", False),
    ("Trees for the marching band", "Trees for the ing band", False),
    ("2023", "2024", False),
]


@pytest.mark.parametrize(("one", "other", "periods"), _TITLES)
def test_datasets_that_differ_in_their_period_only_are_due_in_a_series(one: str, other: str, periods: bool) -> None:
    first = _DATASET.replace('"Trees"', f'"{one}"')
    second = first[first.index("<https://data.example.org/trees> a") :].replace("example.org/trees", "example.org/next")
    both = first + second.replace(f'"{one}"', f'"{other}"')
    report = validate(both.encode(), "ib1-open-data", _CONTEXT, extension="ttl")
    flagged = [finding.subject for finding in report.findings if finding.rule == "IB1-E-04"]
    assert flagged == (["https://data.example.org/next", "https://data.example.org/trees"] if periods else [])
    linked = both.replace("ib1:scheme <", "dcat:inSeries <https://data.example.org/series> ; ib1:scheme <") + _SERIES
    assert validate(linked.encode(), "ib1-open-data", _CONTEXT, extension="ttl").findings == ()


# --- data services ---

_SERVICE = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ib1: <https://registry.trust.ib1.org/ns/1.0#> .
<https://api.example.org/voltage> a dcat:DataService ;
    dcterms:title "Voltage" ; dcterms:publisher <{_MEMBER}> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    ib1:datasetAssurance <https://registry.trust.ib1.org/dataset-assurance-level/Level1> ;
    ib1:sensitivityClass <https://registry.trust.ib1.org/sensitivity-class/IB1-SA> ;
    ib1:trustFramework <https://registry.example.org/tf> ; ib1:scheme <https://registry.example.org/scheme> ;
    dcat:endpointURL <https://api.example.org/v1> ; dcat:endpointDescription <https://api.example.org/openapi.json> ;
    ib1:oauthIssuer <https://auth.example.org/> .
"""
#: What is replaced in a data service, the errors and warnings of ib1-metadata.
_SERVICE_ROWS = [
    ('"Voltage"', '"Volts"', "", ""),
    ("dcat:endpointDescription <https://api.example.org/openapi.json> ;", "", "S-01", ""),
    ("<https://api.example.org/openapi.json>", "<https://a.example/>, <https://b.example/>", "S-01", ""),
    ("<https://api.example.org/openapi.json>", '"openapi.json"', "C-14", ""),
    ("dcat:endpointURL <https://api.example.org/v1> ;", "", "S-05", ""),
    ("https://api.example.org/v1", "https://api.example.org/v1?key=1", "S-05", ""),
    ("https://api.example.org/v1", "https://api.example.org/v1#top", "S-05", ""),
    ("https://api.example.org/v1", "https://api.example.org/v1/", "", "S-05"),
    ("https://api.example.org/v1", "http://api.example.org/v1", "S-07", ""),
    ("https://auth.example.org/", "http://auth.example.org/", "S-08", ""),
    ("<https://auth.example.org/>", "<https://auth.example.org/>, <https://b.example/>", "S-08", ""),
    ("<https://auth.example.org/>", '"https://auth.example.org/"', "S-08", ""),
]


@pytest.mark.parametrize(("old", "new", "errors", "warnings"), _SERVICE_ROWS)
def test_a_change_of_a_valid_service_has_these_findings(old: str, new: str, errors: str, warnings: str) -> None:
    assert old in _SERVICE
    report = validate(_SERVICE.replace(old, new, 1).encode(), "ib1-metadata", _CONTEXT, extension="ttl")
    assert [finding.rule for finding in report.errors] == [f"IB1-{id}" for id in errors.split()]
    assert [finding.rule for finding in report.warnings] == [f"IB1-{id}" for id in warnings.split()]


def test_an_open_service_may_be_served_without_tls() -> None:
    text = _SERVICE.replace("IB1-SA", "IB1-O").replace("https://api.example.org/v1", "http://api.example.org/v1")
    assert validate(text.encode(), "ib1-open-data", _CONTEXT, extension="ttl").findings == ()


# --- changes ---

#: What is replaced in the version after the accepted one, and the findings of group V.
_CHANGES = [
    ("Every tree", "All trees", ""),
    ("<https://data.example.org/trees> a", "<https://data.example.org/woods> a", "V-01"),
    ("ib1:scheme <", "dcterms:conformsTo <https://a.example/> ; ib1:scheme <", "V-02"),
    ("ib1:dataSchema <https://data.example.org/schema> ;", "", "V-03"),
    ("a dcat:Dataset ;", "a dcat:DatasetSeries ;", "V-05"),
    ("trees.csv", "woods.csv", "V-06"),
    ('"text/csv"', '"text/plain"', "V-06"),
    ('"1.0.0"', '"1.1.0"', "V-06"),
    ('"1.0.0" ; dcat:versionNotes "First"', '"1.1.0" ; dcat:versionNotes "More trees"', ""),
    ('"1.0.0" ; dcat:versionNotes "First"', '"0.9" ; dcat:versionNotes "Fewer trees"', "V-06"),
    ('"1.0.0" ; dcat:versionNotes "First"', '"1.0.0+b" ; dcat:versionNotes "Same trees"', ""),
    ('dcat:version "1.0.0" ;', "", ""),
]


@pytest.mark.parametrize(("old", "new", "errors"), _CHANGES)
def test_a_change_from_the_accepted_version_is_permitted_or_not(old: str, new: str, errors: str) -> None:
    assert old in _DATASET
    context = Context(member=_MEMBER, previous=(_DATASET.encode(), "ttl"))
    report = validate(_DATASET.replace(old, new, 1).encode(), "ib1-open-data", context, extension="ttl")
    assert [f.rule for f in report.findings if f.rule[4] == "V"] == [f"IB1-{id}" for id in errors.split()]
    assert report.valid == ("yes" if errors in ("", "V-06") else "no")


@pytest.mark.parametrize("owner", ["https://data.example.org/catalog.ttl", "https://other.example.org/all.ttl", None])
def test_an_entry_belongs_to_the_file_that_publishes_it(owner: str | None) -> None:
    own = "https://data.example.org/catalog.ttl"
    context = Context(file_url=own, member=_MEMBER, owner_of={"https://data.example.org/trees": owner}.get)
    report = validate(_DATASET.encode(), "ib1-open-data", context, extension="ttl")
    assert [finding.rule for finding in report.errors] == (["IB1-V-04"] if owner not in (own, None) else [])
