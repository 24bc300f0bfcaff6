"""People's own tokens for platforms, encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("instance", sa.String(60), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", "instance", name="pk_credentials"),
    )


def downgrade() -> None:
    op.drop_table("credentials")
