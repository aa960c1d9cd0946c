"""Search: the full text of live records, and what results are sorted, filtered and counted by.

The tables are empty at first; the program that upgrades fills them from the stored records. The
full text is a virtual table in SQLite and an indexed ``tsvector`` in PostgreSQL; both hold words
that are folded already, so neither is to fold them further.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("record", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("modified", sa.String(20), nullable=False),
        sa.Column("title_key", sa.String(100), nullable=False),
        sa.Column("west", sa.Float),
        sa.Column("south", sa.Float),
        sa.Column("east", sa.Float),
        sa.Column("north", sa.Float),
        sa.Column("facets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_listing"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_listing_record"),
    )
    op.create_index("ix_listing_modified", "listing", ["modified", "record"])
    op.create_index("ix_listing_title_key", "listing", ["title_key", "record"])
    op.create_table(
        "facet_value",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_facet_value"),
    )
    op.create_index("uq_facet_value_key", "facet_value", ["key"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        # The tokenizer that takes whatever is not ASCII for part of a word.
        op.execute("CREATE VIRTUAL TABLE full_text USING fts5(title, tags, rest, tokenize = 'ascii')")
        return
    op.create_table(
        "full_text",
        sa.Column("record", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("document", TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_full_text"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_full_text_record"),
    )
    op.create_index("ix_full_text_document", "full_text", ["document"], postgresql_using="gin")
