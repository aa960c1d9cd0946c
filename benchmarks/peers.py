"""Other catalogs that serve records from a database, with the same records on the same processor.

They are installed in an environment of their own (``peers.txt``), kept from one run to the next.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks import records
from benchmarks.catalogs import cache
from benchmarks.frame import NotMeasured, Result, Run, part
from benchmarks.loads import get, paths_a_second
from benchmarks.servers import SERVER_CPU, free_port, ours, running, wait_for

_OURS = "/rest/dataset/id/dataset-%07d.json"
_DATASETTE = "/catalog/record/dataset-%07d.json"
_OAREC = "/collections/metadata:main/items/dataset-%07d?f=json"
_CSW = (
    "/csw?service=CSW&version=2.0.2&request=GetRecordById&elementsetname=full"
    "&outputschema=http://www.opengis.net/cat/csw/2.0.2&id=dataset-%07d"
)


@part("peers")
def measure_peers(run: Run) -> Iterator[Result | NotMeasured]:
    """Reads of each record at random, beside pycsw (OARec item, CSW GetRecordById) and Datasette (row JSON)."""
    what = f"one of {run.records:,} datasets at random, JSON"
    try:
        programs = _installed()
    except (OSError, subprocess.SubprocessError) as error:
        yield NotMeasured(what, f"its peers cannot be installed: {error}")
        return
    with ours(run.catalog(run.records)) as (site, _):
        us = partial(paths_a_second, site, _OURS, run.records, run.seconds)
        for name, at_least, path, serve in (
            ("Datasette, row JSON", 10, _DATASETTE, _datasette),
            ("pycsw, OARec item", 40, _OAREC, _pycsw),
            ("pycsw, CSW GetRecordById", 40, _CSW, _pycsw),
        ):
            try:
                rates = _beside(run, us, path, serve(programs, run))
            except (OSError, SystemExit, subprocess.SubprocessError) as error:
                yield NotMeasured(f"{what}, beside {name}", f"{type(error).__name__}: {error}")
            else:
                yield Result(what, rates["ours"], "/s", name, rates["theirs"], at_least=at_least)


def _beside(run: Run, us: Callable[[], float], path: str, server: AbstractContextManager[str]) -> dict[str, float]:
    with server as site:
        body = get(site + path % 1)
        if b"dataset-0000001" not in body or b"Exception" in body:
            raise SystemExit(f"it does not serve its records: {body[:300]!r}")
        return run.alternating({"ours": us, "theirs": partial(paths_a_second, site, path, run.records, run.seconds)})


def _installed() -> Path:
    """The folder of their programs."""
    folder = cache() / "peers"
    wanted = Path(__file__).with_name("peers.txt").read_bytes()
    done = folder / "installed"
    if not done.exists() or done.read_bytes() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(Path(__file__).with_name("peers.txt"))], check=True)
        done.write_bytes(wanted)
    return folder / "bin"


@contextmanager
def _datasette(programs: Path, run: Run) -> Iterator[str]:
    """Datasette over an immutable file, as its documentation advises for speed: counted before, opened without locks."""
    path = run.folder / "catalog.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE record (id TEXT PRIMARY KEY, title TEXT, license TEXT, resources TEXT, name TEXT, author TEXT,"
            " maintainer TEXT, tags TEXT, spatial TEXT, temporal TEXT, version TEXT, description TEXT, landing_page TEXT)"
        )
        names = [row[1] for row in connection.execute("PRAGMA table_info(record)")]
        rows = ([_cell(record[name]) for name in names] for record in records.records(run.records))
        connection.executemany(f"INSERT INTO record VALUES ({', '.join('?' * len(names))})", rows)
    connection.close()
    program = str(programs / "datasette")
    counts = run.folder / "inspected.json"
    subprocess.run([program, "inspect", str(path), "--inspect-file", str(counts)], check=True)
    port = free_port()
    command = [
        program,
        "serve",
        "--immutable",
        str(path),
        "--nolock",
        "--inspect-file",
        str(counts),
        "--port",
        str(port),
    ]
    with running(["taskset", "-c", SERVER_CPU, *command], dict(os.environ)):
        wait_for(f"http://127.0.0.1:{port}/-/versions.json")
        yield f"http://127.0.0.1:{port}"


def _cell(value: object) -> object:
    return value if isinstance(value, str) else json.dumps(value)


_PYCSW_CONFIGURATION = """
server:
    home: {folder}
    url: http://127.0.0.1:{port}
    mimetype: application/xml; charset=UTF-8
    encoding: UTF-8
    language: en-US
    maxrecords: 10
    pretty_print: false
logging:
    level: ERROR
profiles: []
manager:
    transactions: false
metadata:
    identification:
        title: Benchmark
        description: Benchmark
        keywords: [open data]
        keywords_type: theme
        fees: None
        accessconstraints: None
    provider: {{name: Benchmark, url: "http://127.0.0.1/"}}
    contact:
        {{name: Benchmark, position: None, address: None, city: None, stateorprovince: None, postalcode: None, country: None,
        phone: None, fax: None, email: benchmark@example.org, url: "http://127.0.0.1/", hours: None, instructions: None,
        role: pointOfContact}}
repository:
    database: sqlite:///{folder}/records.db
    table: records
"""


@contextmanager
def _pycsw(programs: Path, run: Run) -> Iterator[str]:
    """pycsw's WSGI application under our own server, over a database that its own command made."""
    folder = Path(tempfile.mkdtemp(prefix="pycsw-", dir=run.folder))
    port = free_port()
    configuration = folder / "pycsw.yml"
    configuration.write_text(_PYCSW_CONFIGURATION.format(folder=folder, port=port))
    make = [str(programs / "python"), str(programs / "pycsw-admin.py"), "setup-repository", "-c", str(configuration)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with sqlite3.connect(folder / "records.db") as connection:
        connection.executemany(
            "INSERT INTO records (identifier, typename, schema, mdsource, insert_date, xml, metadata_type, anytext, type, title,"
            " abstract, keywords, creator, publisher, date) VALUES (?, 'csw:Record', 'http://www.opengis.net/cat/csw/2.0.2',"
            " 'local', '2026-01-01T00:00:00Z', ?, 'application/xml', ?, 'dataset', ?, ?, ?, ?, ?, '2026-01-01')",
            map(_row_of_pycsw, records.records(run.records)),
        )
    connection.close()
    command = [str(programs / "granian"), "--interface", "wsgi", "--no-ws", "--http", "1", "--port", str(port)]
    command += ["--workers-kill-timeout", "5"]
    environment = {**os.environ, "PYCSW_CONFIG": str(configuration)}
    with running(["taskset", "-c", SERVER_CPU, *command, "pycsw.wsgi_flask:APP"], environment):
        wait_for(f"http://127.0.0.1:{port}/conformance?f=json")
        yield f"http://127.0.0.1:{port}"


def _row_of_pycsw(record: dict[str, object]) -> tuple[object, ...]:
    """The record as a csw:Record, and what is searched."""
    one = {key: escape(value) for key, value in record.items() if isinstance(value, str)}
    tags, resources = record["tags"], record["resources"]
    assert isinstance(tags, list)
    assert isinstance(resources, list)
    references = "".join(f'<dct:references scheme="csv">{escape(part["url"])}</dct:references>' for part in resources)
    xml = (
        '<csw:Record xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dct="http://purl.org/dc/terms/">'
        f"<dc:identifier>{one['id']}</dc:identifier><dc:title>{one['title']}</dc:title><dc:type>dataset</dc:type>"
        + "".join(f"<dc:subject>{escape(tag)}</dc:subject>" for tag in tags)
        + f"<dct:abstract>{one['description']}</dct:abstract><dc:creator>{one['author']}</dc:creator>"
        f"<dc:publisher>{one['maintainer']}</dc:publisher><dct:temporal>{one['temporal']}</dct:temporal>"
        f"<dc:rights>{one['license']}</dc:rights><dc:source>{one['landing_page']}</dc:source>{references}</csw:Record>"
    )
    anytext = " ".join((*one.values(), *tags))
    keywords = ",".join(tags)
    return one["id"], xml, anytext, one["title"], one["description"], keywords, one["author"], one["maintainer"]
