"""Which answers there are: one function for each part of the site, in the order in which they are written.

Records come first and lists last, so that what a list names is there. What takes words, times or filters of a
client's own has no end and is not here; ``nginx`` refuses it.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from dcip_server.export.freshness import record_state
from dcip_server.export.places import FILES, place_of, place_of_query
from dcip_server.export.results import results, values
from dcip_server.export.wanted import Part, Wanted, in_languages, queried
from dcip_server.formats.ckan_package import groups_of, name_of, organization_of
from dcip_server.formats.rdf.serialise import CONTENT_TYPES
from dcip_server.protocol.entity_types import ENTITY_TYPES
from dcip_server.protocol.urls import FORMATS
from dcip_server.publish.files import FILES_PATH
from dcip_server.settings import Settings
from dcip_server.store import FIRST_STEP, Search, Step, Store
from dcip_server.store.contents import (
    KnownRecord,
    list_known,
    list_look_ups,
    list_publications,
)
from dcip_server.store.packages import Every, Has
from dcip_server.web.discovery import MOST_URLS
from dcip_server.web.pages import CHANGES_A_PAGE
from dcip_server.web.pages import blueprint as pages
from dcip_server.web.record_pages import CONTENT_TYPES as RECORD_TYPES
from dcip_server.web.search_pages import BROWSED, VALUES_A_PAGE
from dcip_server.web.translations import LANGUAGES

#: Extensions of a record's page.
RECORD_FORMATS = ("json", *CONTENT_TYPES)
#: Pages in the reader's language that have no query.
PAGES = ("", "about", "policy", "stats", "directory")
#: Actions without parameters, and kinds of what is shown by its id.
ACTIONS = ("package_list", "package_search", "organization_list", "group_list", "current_package_list_with_resources",
           "site_read", "status_show")  # fmt: skip
KINDS = ("package", "organization", "group")
#: One document each.
DOCUMENTS = ("robots.txt", "sitemap.xml", "opensearch.xml", "data.json")
#: Documents that have one page, and an empty one behind it.
BETA_3 = ("dcip.json", "data.rdf")
#: How places of pages begin that a program reads one after the other, and that lead to others once the catalog has changed.
WALKED = tuple(f"{FILES}/{name}.query/" for name in ("catalog", "changes"))
#: What harvesters of CKAN catalogs ask for, with and without an order.
PACKAGES_A_PAGE = 100
PACKAGE_ORDERS = ("", "&sort=id+asc")


class Surface:
    """The answers of a site, as its catalog is now, part by part in the order of their names.

    Iterating reads the store as it goes.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._endpoint = settings.endpoint_path

    def __iter__(self) -> Iterator[Part]:
        for record in list_known(self._store.engine):
            wanted = self._live(record) if record.is_live else _gone(record)
            yield Part(f"1-{record.number:012}", record_state(self._store, record), wanted)
        yield Part("2", "", self._publications())
        for found in list_look_ups(self._store.engine):
            yield Part(f"3-{found.key}", found.state, self._calls(found.entity, found.attribute, found.value))
        yield from values(self._store)
        yield Part("5", "", self._pages())
        yield from results(self._store, "5-all", Search())
        of_all = (self._browsed, self._changes, self._packages, self._feeds, self._documents, self._lists)
        for number, part in enumerate(of_all):
            yield Part(f"6-{number}", repr(self._store.state()), part())

    # --- what there is one of for each record or value ---

    def _live(self, record: KnownRecord) -> Iterator[Wanted]:
        entity, id = record.entity, record.id
        yield from self._calls(entity, "id", id)
        for extension in RECORD_FORMATS:
            # Not by the extension: there may be a record whose id ends like that.
            place = place_of(entity, id, f".{extension}")
            yield Wanted(
                f"/{entity}/{id}", place, f"format={extension}", or_else=_REFUSED if extension == "rdf" else ()
            )
        yield from in_languages(f"/{entity}/{id}", partial(place_of, entity, id))
        if record.portal_id:
            for name in dict.fromkeys((id, name_of(id, record.portal_id))):
                yield _shown("package", "id=" + quote(name, safe=""))
            yield from _publication(record.portal_id)

    def _calls(self, entity: str, attribute: str, value: str) -> Iterator[Wanted]:
        for extension in FORMATS:
            folder = f"{entity}/{attribute}"
            place = place_of(f"{self._endpoint[1:]}/{folder}", value, f".{extension}", shown=f".{extension}")
            yield Wanted(f"{self._endpoint}/{folder}/{value}.{extension}", place)

    def _publications(self) -> Iterator[Wanted]:
        for found in list_publications(self._store.engine):
            if found.slug is None:
                yield from _publication(found.id, is_live=False)
                continue
            for name in (found.id, found.slug):
                yield from _publication(name, or_else=(404,))
            for resource_id, name in found.files:
                path = f"{FILES_PATH}{resource_id}/{name}"
                yield Wanted(path, FILES + path, or_else=(404,))

    # --- what shows all of them ---

    def _pages(self) -> Iterator[Wanted]:
        for name in PAGES:
            yield from in_languages(f"/{name}", partial(place_of_query, name or "index", ""))
        for name, statistic in self._store.statistics().tables.items():
            if statistic.rows:
                for language in LANGUAGES:
                    place = f"{FILES}/stats/{name}.{language}.svg"
                    yield Wanted(f"/stats/{name}.svg", place, language=language)
        for name in sorted(os.listdir(pages.static_folder or "")):
            yield Wanted(f"/static/{name}", f"{FILES}/static/{name}")
        yield Wanted("/directory.json", f"{FILES}/directory.json", or_else=(404,))
        yield from self._errors()

    def _browsed(self) -> Iterator[Wanted]:
        for facet in BROWSED:
            for offset in itertools.count(0, VALUES_A_PAGE):
                yield from queried(f"/{facet}/", facet, f"offset={offset}" if offset else "")
                if len(self._store.values(facet, VALUES_A_PAGE + 1, offset)) <= VALUES_A_PAGE:
                    break

    def _changes(self) -> Iterator[Wanted]:
        before: int | None = None
        while True:
            query = f"before={before}" if before else ""
            yield from queried("/changes", "changes", query)
            yield Wanted("/changes.atom", place_of_query("changes", query, ".atom"), query)
            entries = self._store.newest(CHANGES_A_PAGE + 1, before)
            if len(entries) <= CHANGES_A_PAGE:
                return
            before = entries[CHANGES_A_PAGE - 1].revision

    def _errors(self) -> Iterator[Wanted]:
        for status, method in ((404, "GET"), (405, "POST")):
            # The server has no page for this, in any language.
            yield from in_languages(
                "/about" if status == 405 else f"/{NOWHERE}",
                partial(place_of_query, f"errors/{status}", ""),
                status=status,
                method=method,
            )

    # --- feeds, lists and what else there is one of ---

    def _packages(self) -> Iterator[Wanted]:
        for action in ACTIONS:
            yield Wanted(f"/api/3/action/{action}", f"{FILES}/api/{action}.json")
        yield _shown("package", f"id={NOWHERE}", f"{FILES}/api/not-found.json", status=404)
        for kind, counts in sorted(self._store.memberships().items()):
            for name in sorted(counts):
                yield from self._group(kind, name)
        _, total = self._store.packages(Every(), [("id", False)], 1, 0)
        for order in PACKAGE_ORDERS:
            for start in range(0, total, PACKAGES_A_PAGE):
                yield _packages(order, start, f"={start}")
            # Whatever page is asked for behind the last.
            yield _packages(order, -(-total // PACKAGES_A_PAGE) * PACKAGES_A_PAGE, "past-the-end")

    def _group(self, kind: str, name: str) -> Iterator[Wanted]:
        """An organization or a group, by its name and by the id that packages have for it."""
        found, _ = self._store.packages(Has(kind, name), [("created", False)], 1, 0)
        # An index of before these were looked up has nobody under that name; then the server has not, either.
        value = json.loads(found[0].body) if found else {}
        said = [organization_of(value)] if kind == "organization" else groups_of(value)
        ids = (str(item["id"]) for item in said if item and item["name"] == name)
        for text in dict.fromkeys((name, *ids)):
            yield _shown(kind, "id=" + quote(text, safe=""), or_else=(404,))

    def _feeds(self) -> Iterator[Wanted]:
        step: Step | None = FIRST_STEP
        while step and (found := self._store.walk_page(step)):
            query = f"page={step}" if step != FIRST_STEP else ""
            for extension in CONTENT_TYPES:
                yield Wanted(f"/catalog.{extension}", place_of_query("catalog", query, f".{extension}"), query)
            step = found.next

    def _documents(self) -> Iterator[Wanted]:
        for name in DOCUMENTS:
            yield Wanted(f"/{name}", f"{FILES}/{name}", or_else=(404,))
        for name in BETA_3:
            yield Wanted(f"/{name}", f"{FILES}/{name}")
            yield Wanted(f"/{name}", f"{FILES}/{name.replace('.', '-past-the-end.')}", "page=2")
        for number in self._store.parts(MOST_URLS) or [1]:
            path = f"/sitemap-{number}.xml"
            yield Wanted(path, f"{FILES}{path}")

    def _lists(self) -> Iterator[Wanted]:
        root = self._endpoint
        paths = [f"{root}/help.txt", *(f"{root}/catalog.{extension}" for extension in FORMATS)]
        for entity in ENTITY_TYPES:
            paths += [f"{root}/{entity}/help.txt", *(f"{root}/{entity}/id.{extension}" for extension in FORMATS)]
        for path in paths:
            yield Wanted(path, FILES + path)
        for entity in ENTITY_TYPES:
            for extension in FORMATS:
                path = f"{root}/{entity}/title/{self._unknown_title(entity)}.{extension}"
                yield Wanted(path, f"{FILES}/nothing/{entity}.{extension}")

    def _unknown_title(self, entity: str) -> str:
        titles = (f"no record has this title {number}" for number in itertools.count())
        return next(title for title in titles if not self._store.look_up(entity, "title", title, 1))


#: RDF/XML has no way to say some records.
_REFUSED = (400,)
#: No page and no package is called like that.
NOWHERE = "no-such-page"


def _gone(record: KnownRecord) -> Iterator[Wanted]:
    """What tells people that a record was deleted; the endpoint has nothing to say of it."""
    # Where the id ends in an extension, its bare address may be that of another record in that format.
    is_bare = record.id.rpartition(".")[2] not in RECORD_TYPES
    query = "" if is_bare else "format=html"
    place = partial(place_of, f"gone/{record.entity}", record.id)
    yield from in_languages(f"/{record.entity}/{record.id}", place, query, status=410)
    if record.portal_id:
        yield from _publication(record.portal_id, is_live=False)


def _publication(ref: str, *, is_live: bool = True, or_else: tuple[int, ...] = ()) -> Iterator[Wanted]:
    """The page that the portal API names for a dataset, or that says that it was deleted."""
    folder, status = ("en/datasets", 200) if is_live else ("gone/en/datasets", 410)
    return in_languages(f"/en/datasets/{ref}", partial(place_of, folder, ref), status=status, or_else=or_else)


def _shown(kind: str, query: str, place: str | None = None, **how: Any) -> Wanted:
    """A package, an organization or a group of CKAN's."""
    action = f"{kind}_show"
    place = place or place_of_query(f"api/{action}", query, ".json")
    return Wanted(f"/api/3/action/{action}", place, query, **how)


def _packages(order: str, start: int, name: str) -> Wanted:
    query = f"rows={PACKAGES_A_PAGE}&start={start}{order}"
    place = f"{FILES}/api/package_search/{'by-id' if order else 'by-age'}/{name}.json"
    return Wanted("/api/3/action/package_search", place, query)
