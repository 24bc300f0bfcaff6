"""What a calendar feed last said, and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012p"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calendar_feeds") as table:
        table.add_column(sa.Column("etag", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("modified", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("calendar_feeds") as table:
        table.drop_column("modified")
        table.drop_column("etag")
