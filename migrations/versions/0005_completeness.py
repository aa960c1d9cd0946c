"""Completeness: the search index counts which recommended fields records have.

No table changes. The program that upgrades fills the index from the stored records, as it does
after each migration, and so marks the records that were there before; in the same way it makes the
look-ups anew, which now lead from a series to its members and from a service to its datasets.
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
