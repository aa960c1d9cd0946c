"""The tables, as the migrations leave them. All SQL of the package is in ``dcip_server/store``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from dcip_server.protocol.urls import Format

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: Times are text, ``2026-11-21T13:34:00Z`` (UTC): it sorts as time does and is sent as it is.
_TIME = String(20)


def _compared_by_character(length: int) -> TypeEngine[str]:
    """Text that every database puts in the same order."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


#: SQLite numbers rows by INTEGER alone.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

#: One row. Writers lock it, so revisions are numbered in commit order.
catalog = Table(
    "catalog",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    # Random, made with the catalog: tells its cached lists from those of another one at the same address.
    Column("identity", String(32), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("live_records", BigInteger, nullable=False),
)

#: A record at its latest revision; one that was deleted stays as a tombstone.
record = Table(
    "record",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    # The first 16 bytes of the SHA-256 of entity type and id: ids are of any length and alphabet.
    Column("key", LargeBinary(16), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("id", Text, nullable=False),
    Column("integer_id", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("change_type", String(6), nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("created", _TIME, nullable=False),
    Column("content_sha256", LargeBinary(32)),
    Column("json_sha256", String(64)),
    Column("title", Text, nullable=False),
    Column("iri", Text),
    Index("uq_record_key", "key", unique=True),
    Index("uq_record_revision", "revision", unique=True),
)

#: The bytes of a live record that are served, made when it was written, and what their headers say, once
#: more, so that a read finds all of it in one place.
representation = Table(
    "representation",
    metadata,
    Column("record", _NUMBER, ForeignKey("record.number"), primary_key=True, autoincrement=False),
    Column("json_sha256", String(64), nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("json", LargeBinary, nullable=False),
    Column("n3", LargeBinary, nullable=False),
)
#: Where the bytes of each format are.
BODIES = {Format.JSON: representation.c.json, Format.N3: representation.c.n3}

#: Every committed create, update and delete; ``previous`` is the record's revision before it.
revision = Table(
    "revision",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("record", _NUMBER, ForeignKey("record.number"), nullable=False),
    Column("change_type", String(6), nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("previous", BigInteger),
    Index("ix_revision_record", "record"),
)

#: Why a revision deleted its record, where an audit did.
withdrawal = Table(
    "withdrawal",
    metadata,
    Column("revision", BigInteger, ForeignKey("revision.number"), primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
)

#: What the last audit against each profile found; ``figures`` is JSON.
audit = Table(
    "audit",
    metadata,
    Column("profile", String(40), primary_key=True),
    Column("ended", _TIME, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("figures", Text, nullable=False),
)

#: Look-ups by attribute: ``key`` is the digest of entity type, attribute and value.
attribute = Table(
    "attribute",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("record", _NUMBER, ForeignKey("record.number"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

#: What results of a search are sorted and filtered by, one row a live record. The full text stands
#: beside it in a table that each database has in its own form; see ``full_text.py``.
listing = Table(
    "listing",
    metadata,
    Column("record", _NUMBER, ForeignKey("record.number"), primary_key=True, autoincrement=False),
    # When the record was modified, as its source says, else as its revision does.
    Column("modified", _compared_by_character(20), nullable=False),
    # The beginning of the title, folded.
    Column("title_key", _compared_by_character(100), nullable=False),
    # The box around what the record covers, in degrees.
    Column("west", Float),
    Column("south", Float),
    Column("east", Float),
    Column("north", Float),
    # The numbers of its facet values; see ``search_index.py``.
    Column("facets", LargeBinary, nullable=False),
    Index("ix_listing_modified", "modified", "record"),
    Index("ix_listing_title_key", "title_key", "record"),
)

#: Values that results are narrowed down to, with the number of live records that have them.
facet_value = Table(
    "facet_value",
    metadata,
    # A multiple of 16 and the facet's number.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("facet", SmallInteger, nullable=False),
    # The digest of the facet and of what all spellings of the value have in common.
    Column("key", LargeBinary(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Index("uq_facet_value_key", "key", unique=True),
    Index("ix_facet_value_facet", "facet", "records", "number"),
)

#: Which live records have a facet value: bitmaps of their numbers, see ``facet_sets.py``.
facet_set = Table(
    "facet_set",
    metadata,
    Column("value", Integer, ForeignKey("facet_value.number"), primary_key=True, autoincrement=False),
    # The numbers of records, divided by 65,536.
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("records", LargeBinary, nullable=False),
)

#: Where records come from: a file, a folder, a URL, as it was given to the import.
source = Table(
    "source",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    # Names can be long and of any alphabet; see record.key.
    Column("key", LargeBinary(16), nullable=False),
    Index("uq_source_key", "key", unique=True),
)

#: Which source delivered which record (by record.key), so that a sync knows what it dropped.
delivery = Table(
    "delivery",
    metadata,
    Column("source", Integer, ForeignKey("source.number"), primary_key=True, autoincrement=False),
    Column("key", LargeBinary(16), primary_key=True),
    Index("ix_delivery_key", "key"),
    sqlite_with_rowid=False,
)

#: Who may publish through the portal API. The key itself is nowhere: only its SHA-256.
api_key = Table(
    "api_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    # 24 hex digits, the publisher's id in the portal API; stays when the key is made anew.
    Column("publisher", String(24), nullable=False),
    Column("role", String(10), nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("created", _TIME, nullable=False),
    Column("revoked", _TIME),
    Index("uq_api_key_name", "name", unique=True),
    Index("uq_api_key_sha256", "sha256", unique=True),
)

#: A dataset published through the portal API; its public face is the record with the same id.
publication = Table(
    "publication",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", String(24), nullable=False),
    # NULL, like the title key, once it is deleted: both are free again then.
    Column("slug", String(255)),
    Column("title_key", LargeBinary(16)),
    Column("owner", Integer, ForeignKey("api_key.number"), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("created", _TIME, nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("deleted", _TIME),
    # The publisher's fields, as JSON.
    Column("document", Text, nullable=False),
    Index("uq_publication_id", "id", unique=True),
    Index("uq_publication_slug", "slug", unique=True),
    Index("ix_publication_title_key", "title_key"),
    Index("ix_publication_owner", "owner"),
)

#: The ids of published resources, so that one is found without its dataset.
published_resource = Table(
    "published_resource",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("publication", _NUMBER, ForeignKey("publication.number"), nullable=False),
    Index("ix_published_resource_publication", "publication"),
)

#: A metadata file that a Member of IB1 registered. One that was taken off the list stays until the update after it.
directory_file = Table(
    "directory_file",
    metadata,
    # In the order of registration.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    # The key of the source that its entries are deliveries of.
    Column("key", LargeBinary(16), nullable=False),
    Column("member", Text, nullable=False),
    # The Schemes that the Member joined, as a JSON array; NULL where that is not known.
    Column("schemes", Text),
    Column("registered", _TIME, nullable=False),
    Column("removed", _TIME),
    Index("uq_directory_file_key", "key", unique=True),
)

#: The last update from these files: one row at most, its number one more than that of the one before.
directory_run = Table(
    "directory_run",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # As JSON.
    Column("report", Text, nullable=False),
)

#: The keys under which records of the present write are to be found, of each one after the other; temporary.
waiting = Table(
    "waiting",
    MetaData(),
    Column("record", _NUMBER, primary_key=True, autoincrement=False),
    Column("together", LargeBinary, nullable=False),
    prefixes=["TEMPORARY"],
)

#: Where a key begins among those of a record, counted from 1; temporary.
place = Table(
    "place",
    MetaData(),
    Column("first", Integer, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)

#: What the present write has seen, by source; temporary, gone with the transaction.
seen = Table(
    "seen",
    MetaData(),
    Column("key", LargeBinary(16), primary_key=True),
    # 0 where the record came from no source.
    Column("source", Integer, primary_key=True, autoincrement=False),
    # Whether the record was taken; one that was refused is still held by its source.
    Column("taken", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)
