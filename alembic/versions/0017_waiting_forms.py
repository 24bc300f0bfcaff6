"""A call that waits behind a button may bring the form that asks for the rest of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiting_calls", sa.Column("form", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("waiting_calls", "form")
