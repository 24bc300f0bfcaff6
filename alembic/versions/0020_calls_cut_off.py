"""Calls that are being done say what they are and who does them, so that none is forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen_calls", sa.Column("call", sa.JSON(), nullable=True))
    op.add_column("seen_calls", sa.Column("owner", sa.String(80), nullable=True))
    op.add_column("seen_calls", sa.Column("done", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("seen_calls", "done")
    op.drop_column("seen_calls", "owner")
    op.drop_column("seen_calls", "call")
