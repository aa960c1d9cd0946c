"""API keys: made once, shown once, kept as a digest.

A key is 256 random bits, so a plain SHA-256 cannot be turned back. A name stands for a publisher:
a key that is made anew after a revocation owns what the old one owned.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine, func, insert, select, update

from dcip_server.errors import CatalogError, NotFoundError, RequestError
from dcip_server.protocol import times
from dcip_server.store import tables as t
from dcip_server.store.database import reading, writing

#: What a key may do: look at its own; change its own; change everything.
ROLES = ("reader", "publisher", "admin")
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A publisher. ``number`` is the owner of publications, ``publisher`` the public id (24 hex digits)."""

    number: int
    name: str
    publisher: str
    role: str
    created: str
    revoked: str | None

    def may_change(self, owner: int | None) -> bool:
        """Whether the key may change what ``owner`` owns; ``None``: what no publisher owns."""
        return self.role == "admin" or (self.role == "publisher" and self.number == owner)


def create_api_key(engine: Engine, name: str, role: str) -> str:
    """Make a key and return it; it is stored nowhere. Raises :class:`CatalogError` for a name in use."""
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise RequestError(f"a key's name has 1 to {_MAX_NAME} printable characters")
    key = secrets.token_urlsafe(32)
    values = {"sha256": _digest(key), "role": role, "created": times.now(), "revoked": None}
    with writing(engine) as connection:
        # Two programs that make keys at once take turns.
        connection.execute(select(t.catalog).with_for_update())
        known = connection.execute(select(t.api_key).where(t.api_key.c.name == name)).first()
        if known is not None and known.revoked is None:
            raise CatalogError(f"there is a key named {name!r}; revoke it first, or take another name")
        if known is not None:
            connection.execute(update(t.api_key).where(t.api_key.c.name == name).values(values))
        else:
            number = (connection.scalar(select(func.max(t.api_key.c.number))) or 0) + 1
            new = {"number": number, "name": name, "publisher": secrets.token_hex(12), **values}
            connection.execute(insert(t.api_key).values(new))
    return key


def revoke_api_key(engine: Engine, name: str) -> None:
    """End a key at once; what it owns stays. Raises :class:`NotFoundError` where no live key has that name."""
    this = (t.api_key.c.name == name, t.api_key.c.revoked.is_(None))
    with writing(engine) as connection:
        if connection.execute(update(t.api_key).where(*this).values(revoked=times.now())).rowcount == 0:
            raise NotFoundError(f"no key named {name!r}")


def list_api_keys(engine: Engine) -> list[ApiKey]:
    """All keys, revoked ones too, in the order of their making."""
    with reading(engine) as connection:
        return [ApiKey(*row) for row in connection.execute(_KEYS.order_by(t.api_key.c.number))]


def find_api_key(engine: Engine, key: str) -> ApiKey | None:
    """Whose key it is, or ``None`` where it is nobody's or revoked."""
    digest = _digest(key)
    query = _KEYS.add_columns(t.api_key.c.sha256).where(t.api_key.c.sha256 == digest, t.api_key.c.revoked.is_(None))
    with reading(engine) as connection:
        row = connection.execute(query).first()
    if row is None or not hmac.compare_digest(row.sha256, digest):
        return None
    return ApiKey(*row[:-1])


_KEYS = select(
    t.api_key.c.number, t.api_key.c.name, t.api_key.c.publisher, t.api_key.c.role, t.api_key.c.created, t.api_key.c.revoked
)  # fmt: skip


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
