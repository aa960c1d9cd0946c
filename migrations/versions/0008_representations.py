"""The bytes of a record that are served stand in one row with what their headers say: a read takes two steps, not four.

The full text of SQLite is made anew, without the sizes of columns; the program that upgrades fills it from the stored records.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Names of constraints are one table's in SQLite, a schema's there.
        op.execute("ALTER TABLE representation RENAME CONSTRAINT pk_representation TO pk_representation_before")
    op.rename_table("representation", "representation_before")
    op.create_table(
        "representation",
        sa.Column("record", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("json_sha256", sa.String(64), nullable=False),
        sa.Column("modified", sa.String(20), nullable=False),
        sa.Column("json", sa.LargeBinary, nullable=False),
        sa.Column("n3", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_representation"),
        sa.ForeignKeyConstraint(["record"], ["record.number"], name="fk_representation_record"),
    )
    op.execute(
        "INSERT INTO representation SELECT record.number, record.json_sha256, record.modified, in_json.body, in_n3.body"
        " FROM record"
        " JOIN representation_before AS in_json ON in_json.record = record.number AND in_json.format = 'json'"
        " JOIN representation_before AS in_n3 ON in_n3.record = record.number AND in_n3.format = 'dcat.N3'"
        " ORDER BY record.number"
    )
    op.drop_table("representation_before")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE full_text")
        # As before but for the sizes of columns, which nobody asks for.
        op.execute(
            "CREATE VIRTUAL TABLE full_text"
            " USING fts5(title, tags, rest, tokenize = 'ascii', prefix = '1', columnsize = 0)"
        )
