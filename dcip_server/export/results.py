"""Lists of records that can be browsed: of all, and of each value of a facet, in each order to the last page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from dcip_server.export.freshness import digest
from dcip_server.export.places import place_of, place_of_query
from dcip_server.export.wanted import Part, Wanted, in_languages, queried
from dcip_server.store import FACETS, Found, Search, Store
from dcip_server.store.contents import KnownValue, list_facet_values
from dcip_server.store.facets import MOST_VALUES
from dcip_server.web.search_pages import BROWSED
from dcip_server.web.searching import PAGE, address

#: Of lists without words, where relevance is by date.
_ORDERS = ("relevance", "title")
#: So many records are looked up at once.
_BATCH = 50 * PAGE


def values(store: Store) -> Iterator[Part]:
    """The records of each value, in the order of its key."""
    first = {(facet, found.value) for facet in FACETS for found in store.values(facet, MOST_VALUES)}
    # Where all are of one type, nothing leads to the list of that type.
    facets = FACETS if len(store.values("entity", 2)) > 1 else BROWSED
    for value in list_facet_values(store.engine, facets):
        narrowed = Search(narrowed=((value.facet, value.value),))
        # The list of all records leads to its first values; the page of a value to its list where there is an order to choose.
        is_led_to = value.records > 1 or (value.facet, value.value) in first or value.value in _STEPS
        orders = _ORDERS if is_led_to and value.records <= PAGE else ()
        yield Part(f"4-{value.key}", f"{value.state}-{len(orders)}", _value(value, narrowed, orders))
        if value.records > PAGE:
            yield from results(store, f"4-{value.key}", narrowed)


def results(store: Store, name: str, wanted: Search) -> Iterator[Part]:
    """All pages of a list; ``name`` begins those of the parts. What a page shows is its state."""
    for order in _ORDERS:
        found, of_all = Found(()), ""
        for offset in itertools.count(0, _BATCH):
            asked = replace(wanted, sort=order, limit=_BATCH, offset=offset, after=found.end, facets=offset == 0)
            found = store.search(asked)
            of_all = of_all or repr((found.total, found.facets))
            # Of a list that is empty there is one page, too.
            for start in range(0, len(found.entries) or int(offset == 0), PAGE):
                state = digest(of_all, found.entries[start : start + PAGE])
                # A blank comes before all that can follow in the name of another value.
                yield Part(f"{name} {order} {offset + start:012}", state, _page(wanted, order, offset + start))
            if len(found.entries) < _BATCH:
                break


#: Values whose pages cannot be asked for by path: browsers take them for steps of it.
_STEPS = (".", "..")


def _value(value: KnownValue, narrowed: Search, orders: Sequence[str]) -> Iterator[Wanted]:
    """The page of a value, and its whole list in these orders."""
    if value.facet in BROWSED:
        yield from in_languages(f"/{value.facet}/{value.value}", partial(place_of, value.facet, value.value))
    for order in orders:
        yield from _page(narrowed, order, 0)


def _page(wanted: Search, order: str, offset: int) -> Iterator[Wanted]:
    query = address(replace(wanted, sort=order, limit=PAGE), offset=offset)[1:]
    yield from queried("/search", "search", query)
    yield Wanted("/search.json", place_of_query("search", query, ".json"), query)
