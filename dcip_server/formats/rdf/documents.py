"""An RDF document of any size as a graph: in memory while it is small, else in a temporary folder."""

from __future__ import annotations

import codecs
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO

from dcip_server.errors import SourceError
from dcip_server.formats.rdf.disk_graph import DiskGraph
from dcip_server.formats.rdf.disk_writer import told_as_the_folder_s_fault, write_graph
from dcip_server.formats.rdf.graph import Graph, MemoryGraph
from dcip_server.formats.rdf.parse import READ_WHOLE, parse

#: A document of more bytes goes to disk; in memory it takes some fifteen times its size.
IN_MEMORY_BYTES = 8 << 20
_COPIED_BYTES = 1 << 20


@contextmanager
def graph_of(stream: BinaryIO, serialisation: str, address: str, max_bytes: int) -> Iterator[Graph]:
    """The graph of a document, as long as the context lasts.

    ``max_bytes`` bounds what of it is in memory at once (IMPORT_MAX_RECORD_BYTES), ``address`` is its URL where it has
    one. Raises :class:`SourceError` for what cannot be read to its end, and where there is no room for it.
    """
    bound = min(IN_MEMORY_BYTES, max_bytes)
    head = stream.read(bound + 1)
    if len(head) <= bound:
        yield MemoryGraph(parse(head, serialisation, address))
        return
    with _temporary_folder() as folder:
        document = folder / "document"
        size = _copy(head, stream, document, without_mark=serialisation != "rdfxml")
        if serialisation in READ_WHOLE and size > max_bytes:
            raise SourceError(f"{READ_WHOLE[serialisation]} of more than {max_bytes} bytes (IMPORT_MAX_RECORD_BYTES)")
        del head
        write_graph(parse(document, serialisation, address), folder, size)
        document.unlink()
        with told_as_the_folder_s_fault(folder), closing(DiskGraph(folder, max_bytes)) as graph:
            yield graph


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder that is removed at the end, or by the next who wants one where this process is killed."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            # One whose process was killed before it could lock it; nothing but an empty folder goes.
            folder.rmdir()
        abandoned = folder / _LOCK
        with suppress(OSError):
            status = abandoned.lstat()
            if status.st_uid == os.getuid() and S_ISREG(status.st_mode):
                with abandoned.open("rb") as lock:
                    flock(lock, LOCK_EX | LOCK_NB)
                    shutil.rmtree(abandoned.parent, ignore_errors=True)
    while True:
        try:
            made = TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        except OSError as error:
            raise SourceError(f"no temporary folder can be made in {gettempdir()}: {error.strerror}") from None
        with made as name, ExitStack() as held:
            try:
                own = held.enter_context(Path(name, _LOCK).open("wb"))
            except FileNotFoundError:
                # Before it was locked, another import took it for abandoned, as it may even now.
                continue
            flock(own, LOCK_EX)
            if Path(name, _LOCK).exists():
                yield Path(name)
                return


_PREFIX, _LOCK = "dcip-import-", "lock"


def _copy(head: bytes, stream: BinaryIO, path: Path, *, without_mark: bool) -> int:
    """Copy a document to a file, without its byte order mark if that is to go; returns the bytes it has."""
    with told_as_the_folder_s_fault(path.parent), path.open("wb") as file:
        file.write(head.removeprefix(codecs.BOM_UTF8) if without_mark else head)
        shutil.copyfileobj(stream, file, _COPIED_BYTES)
        return file.tell()
