"""Audits: the figures of the last one against each profile, and why records were withdrawn by one.

A reason belongs to the revision that deleted the record, so it stays when the record comes back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("profile", sa.String(40), nullable=False),
        sa.Column("ended", sa.String(20), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("profile", name="pk_audit"),
    )
    op.create_table(
        "withdrawal",
        sa.Column("revision", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_withdrawal"),
        sa.ForeignKeyConstraint(["revision"], ["revision.number"], name="fk_withdrawal_revision"),
    )
