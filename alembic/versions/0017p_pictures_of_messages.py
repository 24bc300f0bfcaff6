"""Messages of their own show pictures, and remember the messages that hold what did not fit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017p"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("pictures", sa.JSON(), nullable=True))
    op.add_column("outbox", sa.Column("parts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "parts")
    op.drop_column("outbox", "pictures")
