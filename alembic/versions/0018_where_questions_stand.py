"""A question that waits for a yes knows the message it stands in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("confirmations", sa.Column("message", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("confirmations", "message")
