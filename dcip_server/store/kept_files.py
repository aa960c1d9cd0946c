"""Files that are made once for a catalog revision and shared by all workers of a machine.

What a file holds is its maker's; this module finds it, sees to it that one process makes it, and sends it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from dcip_server import __version__
from dcip_server.errors import CatalogError
from dcip_server.store import tables as t
from dcip_server.store.database import reading

CHUNK_BYTES = 1 << 18
#: At the end of a file: that it was written to its end, how much of it is sent, and where the trailer stands.
_TRAILER = struct.Struct(">8sQQ")
_MAGIC = b"DCIPLIST"
#: Files kept for different public addresses of one catalog; more would let a client fill the disk.
_MOST_ADDRESSES = 8
#: What the names of files begin with that are not finished, and the longest time in which nothing is added to one.
_MAKING = "making-"
_MAKER_WRITES_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class CatalogState:
    """``revision`` and ``modified`` are those of the last committed change."""

    identity: str
    revision: int
    modified: str
    live_records: int

    @property
    def moment(self) -> str:
        """``modified`` as it stands in the name of a file."""
        return _moment(self.modified)


def read_state(connection: Connection) -> CatalogState:
    """The catalog's state in the connection's transaction."""
    c = t.catalog.c
    return CatalogState(*connection.execute(select(c.identity, c.revision, c.modified, c.live_records)).one())


class FileSlice:
    """Bytes of an open file, behind a few bytes of their own: one span of it, or several in order.

    Iterating reads in chunks, so a slow reader costs one chunk of memory; ``close`` ends it.
    ``tag`` differs where the file does, ``moment`` (UTC, ISO 8601) is when the catalog last changed before it was made.
    """

    def __init__(self, file: KeptFile, spans: Sequence[tuple[int, int]], before: bytes = b"") -> None:
        self._file = file.number
        self.tag, self.moment = file.tag, file.moment
        self._spans = spans
        self._before = before
        self.size = len(before) + sum(end - start for start, end in spans)

    def __iter__(self) -> Iterator[bytes]:
        if self._before:
            yield self._before
        for position, end in self._spans:
            while position < end:
                chunk = os.pread(self._file, min(CHUNK_BYTES, end - position), position)
                if not chunk:
                    raise CatalogError("a list on disk is shorter than it was")
                position += len(chunk)
                yield chunk

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An open file: its first ``size`` bytes are what is sent, up to ``end`` follows what its maker needs.

    ``revision`` is the catalog's for which it was made; see :class:`FileSlice` for ``tag`` and ``moment``.
    Whoever opened it closes ``number``.
    """

    number: int
    size: int
    end: int
    revision: int
    moment: str
    tag: str


#: Writes a file: connection, file number, state, and the file of an earlier revision of this catalog where
#: there is one; returns how much of it is sent.
Write = Callable[[Connection, int, CatalogState, KeptFile | None], int]


class KeptFiles:
    """Opens the present file of a name, making it first where it is not there yet."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        # Now, since what runs is what was there at the start.
        program()

    def open(self, state: CatalogState, name: str, address: str, write: Write) -> KeptFile:
        """The file at that state or a later one; ``address`` is the public one that it depends on, if it does."""
        folder = self._folder_for(state, address)
        if (found := _open_whole(_path(folder, name, state))) is not None:
            return found
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Each name by itself: what is made in a second does not wait for what takes minutes.
        with _locked(folder.parent / f"{name}.lock"), reading(self._engine) as connection:
            # Another worker may have made it meanwhile, or the catalog may have moved on.
            state = read_state(connection)
            path = _path(folder, name, state)
            if (found := _open_whole(path)) is None:
                with _locked(folder.parent / "lock"):
                    if not folder.is_dir():
                        folder.mkdir()
                        _drop_oldest(folder.parent, keep=_MOST_ADDRESSES)
                path.unlink(missing_ok=True)
                _make(connection, path, name, state, write)
                found = _open_whole(path)
            if found is None:
                raise CatalogError(f"the file {path} cannot be kept")
            return found

    def _folder_for(self, state: CatalogState, address: str) -> Path:
        # Files are not synchronised with the disk, so those of before a restart of the machine do not count.
        digest = hashlib.sha256(f"{program()} {address}".encode()).hexdigest()[:16]
        return self._folder / state.identity / f"{digest}-{_boot_id()}"


def _path(folder: Path, name: str, state: CatalogState) -> Path:
    return folder / f"{name}.{state.revision}.{state.moment}"


def _revision(path: Path) -> int:
    return int(path.name.rsplit(".", 2)[1])


def _moment(time: str) -> str:
    return time.replace(":", "").replace("-", "")


def _make(connection: Connection, path: Path, name: str, state: CatalogState, write: Write) -> None:
    olds = sorted(path.parent.glob(f"{name}.[0-9]*"), key=_revision)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_MAKING, delete=False) as file:
        old = _open_earlier(connection, olds[-1], state) if olds else None
        try:
            size = write(connection, file.fileno(), state, old)
            end = os.lseek(file.fileno(), 0, os.SEEK_END)
            write_all(file.fileno(), _TRAILER.pack(_MAGIC, size, end))
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
        finally:
            if old:
                os.close(old.number)
    for path in olds:
        path.unlink(missing_ok=True)


def _open_earlier(connection: Connection, path: Path, state: CatalogState) -> KeptFile | None:
    """The file if it is of an earlier revision of this very catalog: one put back from a backup may have another past."""
    made_for = connection.scalar(select(t.revision.c.modified).where(t.revision.c.number == _revision(path)))
    if _revision(path) > state.revision or _moment(made_for or "") != path.name.rpartition(".")[2]:
        return None
    return _open_whole(path)


def _open_whole(path: Path) -> KeptFile | None:
    """A file, or ``None`` where there is none that was written to its end."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    end = os.fstat(file).st_size - _TRAILER.size
    if end >= 0:
        magic, size, written = _TRAILER.unpack(os.pread(file, _TRAILER.size, end))
        if magic == _MAGIC and size <= written == end:
            # The same on every machine, and after every start of it.
            maker, catalog = path.parent.name.partition("-")[0], path.parent.parent.name
            tag = hashlib.sha256(f"{maker} {catalog} {path.name}".encode()).hexdigest()[:32]
            return KeptFile(file, size, end, _revision(path), path.name.rpartition(".")[2], tag)
    os.close(file)
    return None


def write_all(file: int, data: bytes) -> None:
    """Write all of it where the file stands."""
    while data:
        data = data[os.write(file, data) :]


def copy(source: int, start: int, end: int, target: int) -> None:
    """Append a span of a file to another one, which the kernel does."""
    while start < end:
        copied = os.sendfile(target, source, start, end - start)
        if not copied:
            raise CatalogError("a list on disk is shorter than it was")
        start += copied


@lru_cache(maxsize=1)
def program() -> str:
    """Differs where the program does that makes the files: its code and tables, whatever version it says it is."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".tsv"):
            digest.update(f"{path.relative_to(package)} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _boot_id() -> str:
    """Differs from one start of the machine to the next, where the system tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One maker at a time, over all processes of this machine."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def own_temporary_folder() -> Path:
    """A folder below the system's temporary one that only this user can have made."""
    folder = Path(tempfile.gettempdir()) / f"dcip-server-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or not stat.S_ISDIR(status.st_mode):
        raise CatalogError(f"{folder} is not this user's alone; set LIST_FOLDER to a folder for change lists")
    return folder


def _drop_oldest(parent: Path, keep: int) -> None:
    """Remove all but the addresses used last; whoever calls this holds the lock."""
    folders = sorted((path for path in parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-keep]:
        if not any(_is_being_made(file) for file in folder.glob(f"{_MAKING}*")):
            shutil.rmtree(folder, ignore_errors=True)


def _is_being_made(file: Path) -> bool:
    """Whether a maker writes to the file, as far as can be seen: one that was killed left it as it is."""
    with suppress(FileNotFoundError):
        return time.time() - file.stat().st_mtime < _MAKER_WRITES_EVERY_S
    return False
