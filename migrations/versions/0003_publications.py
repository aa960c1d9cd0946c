"""Publishing: API keys, and the datasets that come through the portal API.

A publication has fields that no record holds (its owner, whether it is private), and stays known
after its deletion, so that its id is answered 410.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.String(20)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("publisher", sa.String(24), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("revoked", _TIME),
        sa.PrimaryKeyConstraint("number", name="pk_api_key"),
    )
    op.create_index("uq_api_key_name", "api_key", ["name"], unique=True)
    op.create_index("uq_api_key_sha256", "api_key", ["sha256"], unique=True)
    op.create_table(
        "publication",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("slug", sa.String(255)),
        sa.Column("title_key", sa.LargeBinary(16)),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("modified", _TIME, nullable=False),
        sa.Column("deleted", _TIME),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_publication"),
        sa.ForeignKeyConstraint(["owner"], ["api_key.number"], name="fk_publication_owner"),
    )
    op.create_index("uq_publication_id", "publication", ["id"], unique=True)
    op.create_index("uq_publication_slug", "publication", ["slug"], unique=True)
    op.create_index("ix_publication_title_key", "publication", ["title_key"])
    op.create_index("ix_publication_owner", "publication", ["owner"])
    op.create_table(
        "published_resource",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("publication", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_published_resource"),
        sa.ForeignKeyConstraint(["publication"], ["publication.number"], name="fk_published_resource_publication"),
    )
    op.create_index("ix_published_resource_publication", "published_resource", ["publication"])
