"""Files that publishers upload: kept once whole, served under an address that stays.

A file has a name of chance that is never used again, so what a reader has open and what another upload
writes are never the same file. Which one a resource shows, its document says: both change in one transaction.
"""

from __future__ import annotations

import mimetypes
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from dcip_server.errors import PortalRefusalError
from dcip_server.publish.titles import slug

#: The path of files below the site: ``/files/<resource id>/<name>``.
FILES_PATH = "/files/"
_CHUNK_BYTES = 1 << 20
_UNKNOWN_TYPE = "application/octet-stream"
_MAX_EXTENSION = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is sent: the name that it has there, and its bytes from where ``stream`` stands."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it is kept: ``token`` finds it again, ``size`` is in bytes, the digest is in ``token``, too."""

    token: str
    size: int
    sha256: str


class UploadFolder:
    """The folder where uploads are kept, and the most bytes that one may have."""

    def __init__(self, path: str, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._path = Path(path).absolute()

    def keep(self, stream: BinaryIO) -> KeptFile:
        """Store the stream's bytes, on disk for good when this returns.

        Raises :class:`PortalRefusalError`: 413 for too many bytes, 507 where there is no room for them.
        """
        chance = secrets.token_hex(16)
        part = self._path / f"{chance}.part"
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            kept = self._write(part, chance, stream)
            part.rename(self.find(kept.token))
        except OSError as error:
            raise PortalRefusalError(507, f"The file could not be stored: {error.strerror}.") from None
        finally:
            with suppress(OSError):
                part.unlink()
        return kept

    def _write(self, part: Path, chance: str, stream: BinaryIO) -> KeptFile:
        digest, size = sha256(), 0
        with part.open("xb") as file:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > self.max_bytes:
                    raise PortalRefusalError(413, f"At most {self.max_bytes} bytes are allowed in one file.")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return KeptFile(f"{digest.hexdigest()}-{chance}", size, digest.hexdigest())

    def find(self, token: str) -> Path:
        """Where a kept file is."""
        return self._path / token

    def drop(self, tokens: Iterable[str]) -> None:
        """Delete files that nothing shows any more; one that is gone already is none of ours to report."""
        for token in tokens:
            with suppress(OSError):
                self.find(token).unlink()


def is_same_file(token: str | None, kept: KeptFile) -> bool:
    """Whether the file of that token has the same bytes."""
    return token is not None and token.partition("-")[0] == kept.sha256


def file_name(name: str) -> str:
    """The name under which an upload is served: lower-case ASCII, its extension kept where it is one."""
    name = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    fit = dot and stem.strip(".") and extension.isascii() and extension.isalnum() and len(extension) <= _MAX_EXTENSION
    if not fit:
        return slug(name, lambda _: False) if name else "file"
    return f"{slug(stem, lambda _: False)}.{extension.lower()}"


def extension_of(name: str) -> str | None:
    """What comes after the last dot of a name from :func:`file_name`."""
    return name.rpartition(".")[2] if "." in name else None


def media_type(name: str) -> str:
    """The type that the name's extension stands for."""
    return mimetypes.guess_type(name, strict=False)[0] or _UNKNOWN_TYPE
