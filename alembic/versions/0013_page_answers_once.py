"""An answer to a page counts once however often its message is delivered; tries are held by their page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012p"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("page_answers", sa.Column("once", sa.String(length=120), nullable=True))
    op.create_index("ix_page_answers_once", "page_answers", ["once"], unique=True)
    op.drop_column("page_contacts", "claimed_until")
    op.drop_column("page_contacts", "claimed_by")


def downgrade() -> None:
    op.add_column("page_contacts", sa.Column("claimed_by", sa.String(length=80), nullable=True))
    op.add_column("page_contacts", sa.Column("claimed_until", INSTANT, nullable=True))
    op.drop_index("ix_page_answers_once", table_name="page_answers")
    op.drop_column("page_answers", "once")
