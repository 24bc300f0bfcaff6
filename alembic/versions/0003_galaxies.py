"""Galaxy catalogues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "galaxy_catalogues",
        sa.Column("id", identifier, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("imported", sa.DateTime(timezone=True), nullable=False),
        sa.Column("galaxies", sa.Integer(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("shells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_galaxy_catalogues")),
        sa.UniqueConstraint("name", name=op.f("uq_galaxy_catalogues_name")),
    )
    op.create_table(
        "galaxy_tiles",
        sa.Column("catalogue_id", identifier, nullable=False),
        sa.Column("tile", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("galaxies", sa.Integer(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("names", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_id"],
            ["galaxy_catalogues.id"],
            name=op.f("fk_galaxy_tiles_catalogue_id_galaxy_catalogues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("catalogue_id", "tile", name=op.f("pk_galaxy_tiles")),
    )


def downgrade() -> None:
    op.drop_table("galaxy_tiles")
    op.drop_table("galaxy_catalogues")
