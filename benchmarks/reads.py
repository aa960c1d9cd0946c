"""Reads of single records, as an application and as a harvest makes them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.catalogs import read_once
from benchmarks.files import save_files
from benchmarks.frame import Result, Run, part
from benchmarks.lists import measure_list
from benchmarks.loads import records_a_second, records_made_anew_a_second
from benchmarks.servers import nginx, ours

_HOT = 200
_SMALL = 1000


@part("reads")
def measure_reads(run: Run) -> Iterator[Result]:
    """Reads of one record and of the change list, beside nginx with the same files, and the worker's memory."""
    database = run.catalog(run.records)
    root = run.folder / "reads"
    save_files(database, root)
    with ours(database) as (site, worker), nginx(root) as peer:
        hot, cold = f"{_HOT} ids again and again", f"each of {run.records:,} ids at random"
        rates = run.alternating(
            {
                f"{name}{whose}": partial(records_a_second, url, ids, extension, run.seconds)
                for name, ids in ((hot, _HOT), (cold, run.records))
                for whose, url, extension in (("", site, "json"), (" nginx", peer, "json"), (" N3", site, "dcat.N3"))
            }
        )
        for name, at_least in ((hot, 0.40), (cold, 0.25)):
            same = "nginx, the same files"
            yield Result(f"{name}, JSON", rates[name], "/s", same, rates[f"{name} nginx"], at_least=at_least)
        for name in (hot, cold):
            yield Result(f"{name}, N3", rates[f"{name} N3"], "/s", "our JSON", rates[name], at_least=0.9)
        yield from measure_list(run, database, site, worker, root.with_name("list"), run.records)


@part("large")
def measure_large(run: Run) -> Iterator[Result]:
    """A large catalog: reads beside those of a small one, and its change list beside nginx."""
    small, large = run.catalog(_SMALL), run.catalog(run.large)
    read_once(large)
    with ours(small) as (small_site, _), ours(large) as (site, worker):
        rates = run.alternating(
            {
                "small": lambda: records_a_second(small_site, _SMALL, "json", run.seconds),
                "large": lambda: records_a_second(site, run.large, "json", run.seconds),
                "small anew": lambda: records_made_anew_a_second(small_site, _SMALL, "json", run.seconds),
                "large anew": lambda: records_made_anew_a_second(site, run.large, "json", run.seconds),
                "hot": lambda: records_a_second(site, _HOT, "json", run.seconds),
                "small hot": lambda: records_a_second(small_site, _HOT, "json", run.seconds),
            }
        )
        what, peer = f"one of {run.large:,} datasets", f"the same of {_SMALL:,}"
        again = f"{_HOT} again and again"
        yield Result(f"{what}, {again}", rates["hot"], "/s", peer, rates["small hot"], at_least=0.8)
        anew = "each at random, read from the database"
        yield Result(f"{what}, {anew}", rates["large anew"], "/s", peer, rates["small anew"], at_least=0.8)
        kept = f"{peer}, all kept in memory"
        yield Result(f"{what}, each at random", rates["large"], "/s", kept, rates["small"], at_least=0.8)
        yield from measure_list(run, large, site, worker, run.folder / "large-list", run.large)
