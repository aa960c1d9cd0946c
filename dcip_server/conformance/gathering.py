"""Asks an endpoint everything that the checks want to know, once, in at most some hundred requests."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from dcip_server.conformance.addresses import is_below, same
from dcip_server.conformance.asking import Asker, Seen
from dcip_server.conformance.discovery import Page
from dcip_server.conformance.observations import Entry, Observations, Sample, is_list
from dcip_server.conformance.sampling import choose_deleted, choose_live
from dcip_server.protocol.entity_types import DATASET
from dcip_server.protocol.urls import TEXT_CONTENT_TYPE, Format, record_iri, record_url

_JSON = Format.JSON.content_type
_N3 = Format.N3.content_type
#: Where the draft leaves open what is answered, a 200 has one of these Content-Types.
_OPEN = (_JSON, _N3, TEXT_CONTENT_TYPE)
_JSON_EXTENSION = f".{Format.JSON.extension}"
_MAX_LIST_BYTES = 512 << 20
#: A list longer than this is not asked for again and again.
_SHORT_LIST_BYTES = 4 << 20

_EMPTY = {"Content-Length": "0"}
#: Methods with the headers that go with them, harmless ones first.
_METHODS: Mapping[str, Mapping[str, str]] = {
    "HEAD": {},
    "OPTIONS": {"Origin": "http://origin.example", "Access-Control-Request-Method": "GET"},
    "TRACE": {},
    "FROBNICATE": {},
    "POST": _EMPTY,
    "PUT": _EMPTY,
    "PATCH": _EMPTY,
    "DELETE": {},
}
_CHANGING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
#: A server that answers a changing method otherwise may be one that obeys it.
_REFUSALS = frozenset((400, 405, 501))

_FAR_FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT"
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


def gather(asker: Asker, endpoint: str, pages: tuple[Page, ...]) -> Observations:
    """Send every request below the endpoint."""
    return _Gatherer(asker, endpoint).all(pages)


class _Gatherer:
    def __init__(self, asker: Asker, endpoint: str) -> None:
        self._asker = asker
        self._ask = asker.ask
        self._endpoint = endpoint
        self._datasets = f"{endpoint}/{DATASET.name}"
        #: No catalog has this id.
        self._unseen = f"dcip-check-{secrets.token_hex(8)}"

    def all(self, pages: tuple[Page, ...]) -> Observations:
        ask, endpoint, datasets = self._ask, self._endpoint, self._datasets
        list_tries = self._list_tries()
        the_list = list_tries[-1]
        entries = the_list.json[0] if is_list(the_list) else []
        samples = tuple(self._sample(entry) for entry in choose_live(entries))
        read = next((sample.record for sample in samples if sample.dataset is not None), None)
        other_methods, methods_not_sent = self._other_methods(samples)
        return Observations(
            endpoint=endpoint,
            pages=pages,
            api_root=ask(f"{endpoint}/", *_OPEN),
            bare_api_root=ask(endpoint, *_OPEN),
            entity_root=ask(f"{datasets}/", *_OPEN),
            bare_entity_root=ask(datasets, *_OPEN),
            api_help=ask(f"{endpoint}/help.txt", TEXT_CONTENT_TYPE),
            entity_help=ask(f"{datasets}/help.txt", TEXT_CONTENT_TYPE),
            compressed_help=ask(f"{datasets}/help.txt", TEXT_CONTENT_TYPE, headers={"Accept-Encoding": "gzip"}),
            catalog=ask(f"{endpoint}/catalog.json", _JSON),
            catalog_n3=ask(f"{endpoint}/catalog.dcat.N3", _N3),
            list_tries=list_tries,
            lists_n3=self._lists_n3(),
            samples=samples,
            deleted=tuple(ask(self._listed_url(entry)) for entry in choose_deleted(entries)),
            unseen=ask(f"{datasets}/id/{self._unseen}.json"),
            unseen_n3=ask(f"{datasets}/id/{self._unseen}.dcat.N3"),
            without_format=self._without_format(samples),
            not_understood=self._not_understood(),
            other_methods=other_methods,
            methods_not_sent=methods_not_sent,
            record_variants=self._record_variants(read),
            list_variants=self._list_variants(the_list),
            http_1_0=self._http_1_0(read),
            look_up=self._look_up(samples),
            asked=self._asked(),
        )

    def _asked(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self._asker.log if is_below(seen.url, self._endpoint))

    def _list_tries(self) -> tuple[Seen, ...]:
        """Where the help text of the draft says that the list is, else where its prose says so."""
        first = self._ask(f"{self._datasets}/id/", _JSON, max_bytes=_MAX_LIST_BYTES)
        if is_list(first):
            return (first,)
        accept = {"Accept": "application/json"}
        return (first, self._ask(f"{self._datasets}/", *_OPEN, headers=accept, max_bytes=_MAX_LIST_BYTES))

    def _lists_n3(self) -> tuple[Seen, ...]:
        by_extension = self._ask(f"{self._datasets}/id.dcat.N3", _N3, max_bytes=_MAX_LIST_BYTES)
        accept = {"Accept": "text/n3"}
        negotiated = self._ask(f"{self._datasets}/id/", *_OPEN, headers=accept, max_bytes=_MAX_LIST_BYTES)
        return (by_extension, negotiated)

    def _listed_url(self, entry: Entry) -> str:
        """The entry's ``url`` if it is one of this endpoint's, else the URL of the draft's pattern."""
        url = entry.get("url")
        if isinstance(url, str) and is_below(url, self._endpoint) and url.endswith(_JSON_EXTENSION):
            return url
        return record_url(self._endpoint, DATASET.name, entry["id"], Format.JSON)

    def _sample(self, entry: Entry) -> Sample:
        url = self._listed_url(entry)
        pattern = record_url(self._endpoint, DATASET.name, entry["id"], Format.JSON)
        record = self._ask(url, _JSON)
        return Sample(
            entry=entry,
            record=record,
            by_pattern=record if same(url, pattern) else self._ask(pattern, _JSON),
            n3=self._ask(f"{url.removesuffix(_JSON_EXTENSION)}.{Format.N3.extension}", _N3),
        )

    def _without_format(self, samples: tuple[Sample, ...]) -> tuple[Seen, ...]:
        ids = [str(sample.id) for sample in samples if "." not in str(sample.id)]
        path = f"{self._endpoint}/{record_iri(DATASET.name, ids[0] if ids else self._unseen)}"
        return self._ask(path), self._ask(f"{path}.xml"), self._ask(f"{self._datasets}/id/.json")

    def _not_understood(self) -> tuple[Seen, ...]:
        strange = self._unseen
        return self._ask(f"{self._endpoint}/{strange}/id/1.json"), self._ask(f"{self._datasets}/{strange}/1.json")

    def _other_methods(self, samples: tuple[Sample, ...]) -> tuple[tuple[Seen, ...], tuple[str, ...]]:
        """Every method on a URL of nothing, a record and the list.

        What could change a catalog is sent to an existing URL only after the server refused it on
        the URL of nothing. Returns what was seen, and the methods that were held back.
        """
        nothing = f"{self._datasets}/id/{self._unseen}.json"
        existing = [sample.record.url for sample in samples[:1]] + [f"{self._datasets}/id/"]
        others = [f"{self._endpoint}/help.txt", f"{self._endpoint}/catalog.json", f"{self._endpoint}/"]
        seen: list[Seen] = []
        held_back: list[str] = []
        for method, headers in _METHODS.items():
            seen.append(self._ask(nothing, method=method, headers=headers))
            if method in _CHANGING and seen[-1].status not in _REFUSALS:
                held_back.append(method)
                continue
            urls = existing + (others if method in ("HEAD", "POST") else [])
            seen += [self._ask(url, method=method, headers=headers) for url in urls]
        return tuple(seen), tuple(held_back)

    def _record_variants(self, plain: Seen | None) -> tuple[Seen, ...]:
        """A record that is there, asked for in every way that must make no difference."""
        if plain is None:
            return ()
        variants = [*_conditions(plain), {"Range": "bytes=0-9"}, {"Accept": "image/png"}, {"Accept-Encoding": "gzip"}]
        variants += [{"If-Match": '"no-such-etag"'}, {"If-Unmodified-Since": _LONG_AGO}]
        return tuple(self._ask(plain.url, _JSON, headers=headers) for headers in variants)

    def _list_variants(self, the_list: Seen) -> tuple[Seen, ...]:
        if not is_list(the_list):
            return ()
        variants = [{"Accept-Encoding": "gzip"}, *_conditions(the_list), {"Range": "bytes=0-9"}]
        variants += [] if the_list.sent else [{"Accept": "image/png"}]
        if len(the_list.body) > _SHORT_LIST_BYTES:
            variants = [{name: value for headers in variants[:3] for name, value in headers.items()}]
        return tuple(
            self._ask(the_list.url, _JSON, headers={**the_list.sent, **headers}, max_bytes=_MAX_LIST_BYTES)
            for headers in variants
        )

    def _http_1_0(self, plain: Seen | None) -> Seen:
        url = plain.url if plain else f"{self._endpoint}/help.txt"
        return self._ask(url, *_OPEN, headers={"Host": urlsplit(url).netloc}, http_version=10)

    def _look_up(self, samples: tuple[Sample, ...]) -> Seen | None:
        for sample in samples:
            title = (sample.dataset or {}).get("title")
            if isinstance(title, str) and title and title.isprintable():
                return self._ask(f"{self._datasets}/title/{quote(title, safe='')}.json", _JSON)
        return None


def _conditions(plain: Seen) -> list[dict[str, str]]:
    """Headers that would make an ordinary server answer 304."""
    etag = plain.header("ETag")
    conditions = [{"If-None-Match": etag}] if etag else []
    return [*conditions, {"If-None-Match": "*"}, {"If-Modified-Since": plain.header("Last-Modified") or _FAR_FUTURE}]
