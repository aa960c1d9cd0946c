"""Fetching from MISP what a resource's link leads to, so that the data itself can be uploaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from urllib.parse import urlsplit

from dcip_server.addresses import is_public_url
from dcip_server.errors import SourceError, TooLargeError, UsageError
from dcip_server.harvest.fetch import exchange
from dcip_server.publish.opendata import Fetched
from dcip_server.publish.query import Query

_TIMEOUT_S = 60.0
_TOTAL_S = 600.0


@dataclass(frozen=True, slots=True)
class Misp:
    """The MISP instances that may be asked, and how.

    ``key`` goes to the addresses in ``trusted`` (base URLs) alone, whatever a query names. An address that is not
    public is asked where one of these is there, where the query's own address shows that it is none, or with
    ``allow_private``. ``max_bytes`` is the most that a search may give.
    """

    key: str | None
    trusted: tuple[str, ...]
    max_bytes: int
    allow_private: bool

    def fetch(self, link: str) -> bytes:
        """The search's result as MISP gives it.

        Raises :class:`SourceError` for anything but a whole answer with JSON; nothing is followed elsewhere.
        """
        trusted = any(_is_below(link, base) for base in self.trusted)
        headers = {"Accept": "application/json"}
        if self.key and trusted:
            headers["Authorization"] = self.key
        try:
            answer = exchange(
                "GET", link, headers, max_bytes=self.max_bytes, timeout_s=_TIMEOUT_S, total_s=_TOTAL_S,
                allow_private=self.allow_private or trusted or not is_public_url(link),
            )  # fmt: skip
        except TooLargeError:
            raise TooLargeError(
                f"{link}: the search gives more than UPLOAD_MAX_BYTES, {self.max_bytes} bytes; narrow it down"
            ) from None
        if answer.status != 200:
            raise SourceError(f"{link}: MISP answered {answer.status}, 200 is due{self._hint(answer.status, trusted)}")
        kind = (answer.header("content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise SourceError(f"{link}: MISP answered with {kind or 'no type'}, application/json is due")
        return answer.body

    def _hint(self, status: int, trusted: bool) -> str:
        if status not in (401, 403):
            return ""
        if not trusted:
            return "; its key is sent to MISP_EXTERNAL_URL and MISP_URL alone"
        return "; see MISP_KEY_FILE" if not self.key else ""


@contextmanager
def fetched(query: Query, misp: Misp, tell: Callable[[str], None]) -> Iterator[Fetched]:
    """All that the query is to upload, on disk before anything is sent to the portal; ``tell`` hears of each.

    Raises what :meth:`Misp.fetch` raises.
    """
    wanted = [resource.upload_from for setup in query.setups for resource in setup.resources if resource.upload_from]
    with TemporaryDirectory(prefix="dcip-opendata-") as folder:
        files: dict[str, Path] = {}
        for number, link in enumerate(dict.fromkeys(wanted)):
            data = misp.fetch(link)
            tell(f"fetched {len(data)} bytes from {link}")
            files[link] = Path(folder) / str(number)
            files[link].write_bytes(data)

        @contextmanager
        def opened(link: str) -> Iterator[BinaryIO]:
            with files[link].open("rb") as stream:
                yield stream

        yield opened


def read_misp_key(path: str) -> str | None:
    """The key in the file, ``None`` without one. Raises :class:`UsageError` that does not show what is in it."""
    if not path:
        return None
    try:
        with open(path, encoding="ascii") as file:
            key = file.read(1000).strip()
    except OSError as error:
        raise UsageError(f"MISP_KEY_FILE: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        key = ""
    if not key or not key.isprintable() or " " in key:
        raise UsageError(f"MISP_KEY_FILE: {path} holds no key: one word of ASCII is due")
    return key


def _is_below(link: str, base: str) -> bool:
    there, here = urlsplit(link), urlsplit(base)
    same_origin = (there.scheme, there.netloc.lower()) == (here.scheme, here.netloc.lower())
    return bool(base) and same_origin and there.path.startswith(here.path.rstrip("/") + "/")
