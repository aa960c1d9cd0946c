"""The catalog: records with stored representations, revisions, look-ups and sources.

The first version. Later ones change it step by step, so the tables are spelled out here rather
than taken from the models, which move on.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.String(20)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_catalog()
    _create_records()
    _create_history()
    _create_look_ups()
    _create_sources()


def _create_catalog() -> None:
    """The catalog's one row."""
    catalog = op.create_table(
        "catalog",
        sa.Column("id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("identity", sa.String(32), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("modified", _TIME, nullable=False),
        sa.Column("live_records", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog"),
    )
    first = {"id": 1, "identity": uuid4().hex, "revision": 0, "modified": "1970-01-01T00:00:00Z", "live_records": 0}
    op.bulk_insert(catalog, [first])


def _create_records() -> None:
    """Each record, with its stored representations."""
    op.create_table(
        "record",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("integer_id", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("change_type", sa.String(6), nullable=False),
        sa.Column("modified", _TIME, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(32)),
        sa.Column("json_sha256", sa.String(64)),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("iri", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_record"),
    )
    op.create_index("uq_record_key", "record", ["key"], unique=True)
    op.create_index("uq_record_revision", "record", ["revision"], unique=True)
    op.create_table(
        "representation",
        sa.Column("record", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("record", "format", name="pk_representation"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_representation_record"),
    )


def _create_history() -> None:
    """Every revision of every record."""
    op.create_table(
        "revision",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("record", _NUMBER, nullable=False),
        sa.Column("change_type", sa.String(6), nullable=False),
        sa.Column("modified", _TIME, nullable=False),
        sa.Column("previous", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_revision"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_revision_record"),
    )
    op.create_index("ix_revision_record", "revision", ["record"])


def _create_look_ups() -> None:
    """Records by the values of their attributes."""
    op.create_table(
        "attribute",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("record", _NUMBER, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("key", "record", name="pk_attribute"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_attribute_record"),
        sqlite_with_rowid=False,
    )


def _create_sources() -> None:
    """Where records come from, and which each source delivered."""
    op.create_table(
        "source",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_source"),
    )
    op.create_index("uq_source_key", "source", ["key"], unique=True)
    op.create_table(
        "delivery",
        sa.Column("source", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name="pk_delivery"),
        sa.ForeignKeyConstraint(["source"], ["source.number"], name="fk_delivery_source"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_delivery_key", "delivery", ["key"])
