"""Which commands Discord was told of last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012d"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_commands",
        sa.Column("application", sa.String(24), nullable=False),
        sa.Column("scope", sa.String(24), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application", "scope", name="pk_told_commands"),
    )


def downgrade() -> None:
    op.drop_table("told_commands")
