"""What an import is given, to documents: files, folders, globs, archives, URLs, standard input.

Compression is recognised by the bytes. Everything that is unpacked counts against one bound for
the source, so an archive bomb ends in one line of refusal.
"""

from __future__ import annotations

import glob
import gzip
import io
import os
import re
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from dcip_server.errors import SourceError
from dcip_server.formats.document import Document
from dcip_server.formats.sniff import CATALOG_EXTENSIONS
from dcip_server.harvest.fetch import download

_BUFFER_BYTES = 1 << 18
_ARCHIVES = (".tar", ".tgz", ".tar.gz")
_COMPRESSED = (".gz", ".tgz")
_OTHER_COMPRESSIONS = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "Zstandard", b"PK\x03\x04": "zip"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A document, or a whole source, that cannot be opened."""

    name: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Source:
    """One argument of an import. ``name`` identifies it over imports; ``bytes_total`` may be unknown."""

    argument: str
    name: str
    paths: tuple[Path, ...] = ()
    bytes_total: int | None = None
    passed_over: int = 0


def find_source(argument: str) -> Source:
    """Say what an argument is. Raises :class:`SourceError` where there is nothing."""
    if argument == "-":
        return Source(argument, "-")
    if argument.startswith(("http://", "https://")):
        return Source(argument, argument)
    if scheme := _SCHEME.match(argument):
        raise SourceError(f"only http and https URLs can be fetched, not {scheme[0]}")
    path = Path(argument)
    try:
        if path.is_dir():
            found, passed_over = _walk(path)
            return Source(argument, _text(path.resolve()), found, _size(found), passed_over)
        if not path.exists() and glob.has_magic(argument):
            matches = tuple(
                sorted(Path(match) for match in glob.glob(argument, recursive=True) if Path(match).is_file())
            )
            if not matches:
                raise SourceError("no file matches")
            return Source(argument, _text(Path.cwd() / argument), matches, _size(matches))
        if not path.exists():
            raise SourceError("no such file or folder")
        return Source(argument, _text(path.resolve()), (path,), _size((path,)))
    except (OSError, ValueError) as error:
        raise SourceError(_reason(error)) from None


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def _text(path: Path) -> str:
    """A path as text, also where a name in it is no Unicode."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _walk(folder: Path) -> tuple[tuple[Path, ...], int]:
    """The catalog files below a folder, sorted, and how many others there are."""
    found: list[Path] = []
    passed_over = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or not _is_catalog_file(name) or not (path.is_file() or path.is_symlink()):
                passed_over += 1
            else:
                found.append(path)
    return tuple(found), passed_over


def _is_catalog_file(name: str) -> bool:
    return name.lower().endswith(_ARCHIVES) or extension_of(name) in CATALOG_EXTENSIONS


def extension_of(name: str) -> str:
    """The extension in lower case, compression taken off: ``ttl`` for ``Catalog.TTL.gz``."""
    stem = name.lower().removesuffix(".gz")
    return stem.rpartition(".")[2] if "." in stem else ""


def _size(paths: tuple[Path, ...]) -> int:
    """Bytes to be read; what cannot be found is reported when it is opened."""
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.stat().st_size
    return total


def documents(source: Source, max_bytes: int, read: Callable[[int], object] = int) -> Iterator[Document | Failure]:
    """Open the source's documents one after the other; each is closed when the next is asked for.

    ``max_bytes`` bounds what the source unpacks to. ``read`` hears how many bytes of it were
    read, for a progress bar.
    """
    budget = _Budget(max_bytes)
    if source.argument == "-":
        yield from _open("standard input", lambda: _plain(sys.stdin.buffer), budget, read)
    elif not source.paths and source.argument.startswith(("http://", "https://")):
        yield from _open_url(source.argument, budget, read)
    else:
        for path in source.paths:
            yield from _open(str(path), lambda path=path: _file(path), budget, read)  # type: ignore[misc]


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


@contextmanager
def _plain(stream: Readable) -> Iterator[Readable]:
    yield stream


@contextmanager
def _file(path: Path) -> Iterator[Readable]:
    with open(path, "rb") as stream:
        yield stream


def _open(
    name: str,
    opener: Callable[[], AbstractContextManager[Readable]],
    budget: _Budget,
    read: Callable[[int], object],
    **facts: str,
) -> Iterator[Document | Failure]:
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(opener())
            counted = _buffered(_Counted(raw, read))
            yield from _unpack(name, counted, budget, depth=0, **facts)
        except SourceError as error:
            yield Failure(name, error)
        except OSError as error:
            yield Failure(name, SourceError(_reason(error)))


def _open_url(url: str, budget: _Budget, read: Callable[[int], object]) -> Iterator[Document | Failure]:
    """Fetch first, parse then: a slow server must not hold the catalog's one writer."""
    with tempfile.TemporaryFile() as spooled:
        try:
            with download(url) as found:
                for chunk in found.chunks:
                    budget.take(len(chunk))
                    spooled.write(chunk)
        except SourceError as error:
            reason = str(error).removeprefix(f"{url}: ")
            yield Failure(url, SourceError(reason))
            return
        spooled.seek(0)
        facts = {"content_type": found.content_type, "address": found.url}
        yield from _open(url, lambda: _plain(spooled), _Budget(budget.limit), read, **facts)


def _unpack(
    name: str, stream: io.BufferedReader, budget: _Budget, depth: int, content_type: str = "", address: str = ""
) -> Iterator[Document | Failure]:
    path = unquote(urlsplit(address).path) if address else name
    head = stream.peek(512)[:512]
    if gzipped := head.startswith(b"\x1f\x8b"):
        stream = _buffered(_Bounded(gzip.GzipFile(fileobj=stream), budget))
        head = stream.peek(512)[:512]
    for mark, name_of in _OTHER_COMPRESSIONS.items():
        if head.startswith(mark):
            raise SourceError(f"compressed with {name_of}; gzip is read, and what is not compressed")
    if not gzipped and path.lower().endswith(_COMPRESSED):
        raise SourceError("named as gzip, but is none")
    if head[257:262] == b"ustar":
        if depth:
            raise SourceError("an archive within an archive is not read")
        yield from _members(name, stream, budget)
        return
    if path.lower().endswith(_ARCHIVES):
        raise SourceError("named as a tar archive, but is none")
    yield Document(name, stream, extension_of(path), content_type, address)


def _members(name: str, stream: io.BufferedReader, budget: _Budget) -> Iterator[Document | Failure]:
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
            for member in archive:
                base = os.path.basename(member.name)
                if member.isfile() and _is_catalog_file(base) and not base.startswith("."):
                    inner = _buffered(_Bounded(_Member(archive, member), budget))
                    yield from _guarded(f"{name}!{member.name}", inner, budget)
                    if budget.exhausted or any(getattr(s.raw, "failed", False) for s in (stream, inner)):
                        return
    except (tarfile.TarError, EOFError) as error:
        raise SourceError(f"the archive is damaged or cut off: {error}") from None


class _Header(tarfile.TarInfo):
    """A member's header. Only blocks of zeros end an archive; what is missing is no end (as it is to ``TarFile``)."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # missing from the stubs
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"{error} where a member or the end is due") from None


class _Member:
    """A regular file in an archive that is read as a stream; of one that is cut off, what is there.

    (``TarFile.extractfile`` gives nothing of the last piece it was asked for.)
    """

    def __init__(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self._stream = archive.extractfile(member) if member.issparse() else None
        self._archive = archive
        self._left = member.size
        if self._stream is None:
            archive.fileobj.seek(member.offset_data)

    def read(self, size: int, /) -> bytes:
        if self._stream is not None:
            return self._stream.read(size)
        size = min(size, self._left, tarfile.RECORDSIZE)
        data: bytes = self._archive.fileobj.read(size)
        if size and not data:
            raise tarfile.ReadError(f"{self._left} bytes are missing")
        self._left -= len(data)
        return data


def _guarded(name: str, stream: io.BufferedReader, budget: _Budget) -> Iterator[Document | Failure]:
    try:
        yield from _unpack(name, stream, budget, depth=1)
    except SourceError as error:
        yield Failure(name, error)


class _Budget:
    """How much a source may still unpack to."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._left = limit

    @property
    def exhausted(self) -> bool:
        """Whether more was taken than there was; nothing more of the source can be read then."""
        return self._left < 0

    def take(self, count: int) -> None:
        self._left -= count
        if self.exhausted:
            raise SourceError(f"unpacks to more than {self.limit} bytes (IMPORT_MAX_BYTES)")


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    return io.BufferedReader(raw, _BUFFER_BYTES)


class _Counted(io.RawIOBase):
    """Tells how many bytes were read."""

    def __init__(self, stream: Readable, read: Callable[[int], object]) -> None:
        self._stream = stream
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        # Of a pipe, what is there; a full buffer may be long in coming.
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read(len(buffer))
        buffer[: len(data)] = data
        self._read(len(data))
        return len(data)


class _Bounded(io.RawIOBase):
    """Counts what comes out against the budget, and says in one way that it is damaged.

    What comes before the damage is sound: it is delivered first, and every read after it fails.
    """

    def __init__(self, stream: Readable, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._failure: SourceError | None = None
        #: Whether the reader was told of the damage: nothing more comes then.
        self.failed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        filled = 0
        while filled < len(buffer) and self._failure is None:
            data = self._read(len(buffer) - filled)
            if not data:
                break
            buffer[filled : filled + len(data)] = data
            filled += len(data)
        if self._failure is not None and not filled:
            self.failed = True
            raise self._failure
        self._budget.take(filled)
        return filled

    def _read(self, count: int) -> bytes:
        # Take no more at once than is there: reading on may meet the damage and lose what came before.
        read = getattr(self._stream, "read1", self._stream.read)
        try:
            data: bytes = read(count)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            self._failure = SourceError(f"damaged or cut off gzip data: {error}")
        except tarfile.TarError as error:
            self._failure = SourceError(f"the archive is damaged or cut off: {error}")
        except SourceError as error:
            self._failure = error
        else:
            return data
        return b""
