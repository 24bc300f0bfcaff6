"""What fitting services posted back for jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019f"
down_revision = "0017p"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fit_answers",
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_fit_answers"),
    )


def downgrade() -> None:
    op.drop_table("fit_answers")
