"""IB1's Directory: the metadata files that Members register, and the report of the last update from them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.String(20)


def upgrade() -> None:
    op.create_table(
        "directory_file",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("schemes", sa.Text),
        sa.Column("registered", _TIME, nullable=False),
        sa.Column("removed", _TIME),
        sa.PrimaryKeyConstraint("number", name="pk_directory_file"),
    )
    op.create_index("uq_directory_file_key", "directory_file", ["key"], unique=True)
    op.create_table(
        "directory_run",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_directory_run"),
    )
