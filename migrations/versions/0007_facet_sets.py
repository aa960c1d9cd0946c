"""Searches on large catalogs: which live records have each facet value, as sets, and prefixes in SQLite's full text.

Facet values are one for all spellings of a format or licence from now on, and ordered by how many records have them.
PostgreSQL compares what results are sorted by as SQLite does, character by character.
The tables are empty at first; the program that upgrades fills them from the stored records.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_table("facet_value")
    op.create_table(
        "facet_value",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("facet", sa.SmallInteger, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_facet_value"),
    )
    op.create_index("uq_facet_value_key", "facet_value", ["key"], unique=True)
    op.create_index("ix_facet_value_facet", "facet_value", ["facet", "records", "number"])
    op.create_table(
        "facet_set",
        sa.Column("value", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("chunk", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("records", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("value", "chunk", name="pk_facet_set"),
        sa.ForeignKeyConstraint(["value"], ["facet_value.number"], name="fk_facet_set_value"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Whatever the database's own order of texts is.
        op.alter_column("listing", "modified", type_=sa.String(20, collation="C"))
        op.alter_column("listing", "title_key", type_=sa.String(100, collation="C"))
    else:
        op.execute("DROP TABLE full_text")
        # Words' first characters are indexed, too: few words, each in a large part of the records.
        op.execute("CREATE VIRTUAL TABLE full_text USING fts5(title, tags, rest, tokenize = 'ascii', prefix = '1')")
