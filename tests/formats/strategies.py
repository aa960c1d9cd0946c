"""Hypothesis strategies for records of the draft: every key, in every shape a source may give it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

#: Texts that have broken a catalog somewhere: quoting, control, combining, astral and right-to-left characters.
UNUSUAL_TEXTS = (
    '"quoted" and \'single\'', '"""', 'ends in "', "\\", "\\u0041 \\n", "back\\slash\\", "tab\tline\nreturn\rend", "\x01\x1f\x7f\x85",
    "e\u0301 and \xe9", "\U0001f4ca\U0001f9ee", "\u05e9\u05dc\u05d5\u05dd \u202eabc", "\ufeffmark", "\u2028\u2029", "\uffff\ufffe",
    "  spaces around  ", "[] a b .", "<a> <b> <c> .", "@prefix x: <y> .", "^^xsd:date", "text@en", "_:b0", "]]>&amp;<x/>", "{}", "null",
    "2011-01-01", "42", "true", "%00%2F", "http://data.example/an-iri", "mailto:a@b.example", "a;b", "caf\xe9", "\xa0",
)  # fmt: skip

URLS = (
    "https://data.example/a.csv", "http://data.example/\u6771\u4eac?q=\xe9#f", "HTTP://DATA.example/A", "ftp://data.example/x",
    "http://data.example/a b.csv", "http://data.example/{id}", "http://data.example/../up", "http://data.example/a/./b",
    "//data.example/x", "/relative.csv", "relative.csv", "?", "#", "www.data.example", "mailto:a@b.example", "urn:x:y",
    "http://[::1]/x", "http://data.example/%zz%", "http://user:pw@data.example:8080/", 'http://data.example/"x"', "data:,x", "n/a",
    "http://data.example/\U0001f4ca", "http://data.example/back\\slash", "http://data.example/^|`", "http:", "http://", "C:\\data\\x.csv",
    "http://data.example/ ", "http://data.example/a\nb", "http://data.example/a[1].csv", "http://data.example:port/", "http://[bad]/",
    "http://data.example/#a#b", "http://data.example/\x7f\x85", "http://data.example/\ue000", "https://data.example/?a=1&b=%C3%A9;c",
)  # fmt: skip

LICENSES = (
    "cc-by", "CC BY 4.0", "notspecified", "http://creativecommons.org/licenses/by/4.0/", "https://license.example/a b",
    "HTTP://LICENSE.example/", "urn:license:1", "other (open)",
)  # fmt: skip
FORMATS = (
    "CSV", "csv", "text/csv", "https://www.iana.org/assignments/media-types/text/csv", "http://www.iana.org/assignments/media-types/",
    "http://publications.europa.eu/resource/authority/file-type/CSV", "XLSX, CSV", "http://format.example/x", ".csv",
)  # fmt: skip
MIMETYPES = (
    "text/csv",
    "TEXT/CSV",
    "text/csv; charset=utf-8",
    "csv",
    "application/vnd.geo+json",
    "a/b/c",
    "text/",
    "x/../y",
    "text/c%73v",
)
HASHES = (
    "md5:d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", "sha256:E3B0", "SHA1:da39", "md5:", ":x", "a:b:c", "md5: x",
    "sha-1:x",
)  # fmt: skip
TEMPORALS = (
    "2011-01-01/2012-12-31", "2011/2012", "/2012-05", "2012-05/", "/", "2011", "since 2011", "2011-01-01/", "a/b", "2011/b",
    "2011-01-01T00:00:00Z/2011-02-01T10:00:00+02:00", "2011/..", "../2011", "..", "2001/2002; 2011/2012", "2011/2012; 2001/2002", "2001/2002; x", "2011 / 2012", "31.12.2011/2012", "2011-01-01Z/2012", "2011/2012/2013", " 2011/2012", "2011-13-45/2012", "start=2011; end=2012",
)  # fmt: skip
TIMES = (
    "2011",
    "2011-05",
    "2011-05-09",
    "2011-05-09T10:00:00Z",
    "2011-05-09T10:00:00.123456Z",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
)

_ANY_CHARACTER = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
#: XML 1.0 has no other control characters, and takes carriage returns for line breaks.
_XML_CHARACTER = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n"
)
_XML_ILLEGAL = frozenset(map(chr, [*range(9), 11, 12, *range(13, 32), 0xFFFE, 0xFFFF]))

XML_TEXTS = tuple(text for text in UNUSUAL_TEXTS if _XML_ILLEGAL.isdisjoint(text))

texts = st.one_of(st.sampled_from(UNUSUAL_TEXTS), st.text(_ANY_CHARACTER, min_size=1, max_size=12))
xml_texts = st.one_of(st.sampled_from(XML_TEXTS), st.text(_XML_CHARACTER, min_size=1, max_size=12))


def ids(texts: st.SearchStrategy[str], bits: int) -> st.SearchStrategy[str | int]:
    """Ids as sources have them: numbers, UUIDs, IRIs, slugs and what else people think of."""
    return st.one_of(
        st.integers(-(2**bits), 2**bits),
        st.uuids().map(str),
        st.sampled_from(URLS).filter(lambda url: "\n" not in url),
        st.sampled_from(
            (
                "a.b",
                "a.json",
                "a.dcat.N3",
                "100%",
                "a+b",
                "a/b/c",
                ".",
                "..",
                "/",
                "\xe9t\xe9",
                "00123",
                "-1",
                "1e3",
                "id",
            )
        ),
        texts,
    )


def json_values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Arbitrary JSON, empty values included."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts, st.just("")
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.one_of(st.sampled_from(("", "type")), texts), inner, max_size=3),
        ),
        max_leaves=6,
    )


_COORDINATE = st.floats(-180, 180, allow_nan=False)
_POSITION = st.lists(_COORDINATE, min_size=2, max_size=3)
_GEOMETRY = st.one_of(
    st.builds(lambda position: {"type": "Point", "coordinates": position}, _POSITION),
    st.builds(
        lambda ring: {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, st.lists(_POSITION, min_size=3, max_size=4)
    ),
)
geojson = st.one_of(
    _GEOMETRY,
    st.builds(lambda geometry: {"type": "Feature", "geometry": geometry, "properties": None}, _GEOMETRY),
    st.builds(lambda found: {"type": "GeometryCollection", "geometries": found}, st.lists(_GEOMETRY, max_size=2)),
)

#: Further keys that the catalog maps to DCAT itself: each may also come in a shape that no mapping knows.
_FURTHER_KEYS = (
    "description", "landing_page", "issued", "modified", "frequency", "languages", "themes", "places", "conforms_to", "access_rights",
    "contact_point", "translations", "@id", "@context", "", "Title", "ckan", "extras", "iri", "triples", "type", "url",
)  # fmt: skip
_RESOURCE_FURTHER_KEYS = (
    "description",
    "license",
    "issued",
    "modified",
    "conforms_to",
    "access_url",
    "id",
    "title_de",
    "@type",
    "",
)


def _is_no_key(text: str) -> bool:
    """Whether it is none of the draft's, which take no value of just any kind; the shortest are found by chance."""
    return text not in ("id", "name", "tags")


def _further(keys: tuple[str, ...], texts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    contacts = st.fixed_dictionaries(
        {},
        optional={
            "name": texts,
            "email": st.sampled_from(("a@b.example", "a b", "mailto:a@b.example")),
            "url": st.sampled_from(URLS),
        },
    )
    lists = st.lists(st.one_of(texts, st.sampled_from(URLS)), max_size=3)
    values = st.one_of(json_values(texts), texts, lists, contacts, st.sampled_from((*URLS, *TIMES)))
    return st.dictionaries(st.sampled_from(keys), values, max_size=3)


def resources(texts: st.SearchStrategy[str], bits: int) -> st.SearchStrategy[dict[str, Any]]:
    """One resource: every key of the draft, some of them, or only its URL; and further ones."""
    draft = st.fixed_dictionaries(
        {"url": st.one_of(st.sampled_from(URLS), texts)},
        optional={
            "resource_type": st.one_of(st.sampled_from(("file", "file.upload", "api", "doc")), texts),
            "format": st.one_of(st.sampled_from(FORMATS), texts),
            "size": st.integers(0, 2**bits),
            "title": texts,
            "mimetype": st.one_of(st.sampled_from(MIMETYPES), texts),
            "hash": st.one_of(st.sampled_from(HASHES), texts),
            "last_modified": st.sampled_from(TIMES),
            "name": texts,
        },
    )
    return st.builds(lambda further, keys: {**further, **keys}, _further(_RESOURCE_FURTHER_KEYS, texts), draft)


def records(texts: st.SearchStrategy[str] = texts, bits: int = 70) -> st.SearchStrategy[dict[str, Any]]:
    """One Dataset object of the draft; ``bits`` bounds its integer id and sizes."""
    draft = st.fixed_dictionaries(
        {"id": ids(texts, bits), "title": texts.filter(lambda text: text.strip())},
        optional={
            "license": st.one_of(st.sampled_from(LICENSES), texts),
            # The same resource twice is two resources.
            "resources": st.lists(resources(texts, bits), max_size=3).flatmap(
                lambda found: st.sampled_from((found, found + found[:1]))
            ),
            "name": texts,
            "author": texts,
            "maintainer": texts,
            "tags": st.lists(texts, max_size=4),
            "spatial": geojson,
            "temporal": st.one_of(st.sampled_from(TEMPORALS), texts),
            "version": texts,
            "metadata_modified": st.sampled_from(TIMES),
            "metadata_created": st.sampled_from(TIMES),
        },
    )
    further = st.one_of(
        _further(_FURTHER_KEYS, texts),
        st.dictionaries(st.text(_ANY_CHARACTER, max_size=4).filter(_is_no_key), json_values(texts), max_size=2),
    )
    return st.builds(lambda further, keys: {**further, **keys}, further, draft)
