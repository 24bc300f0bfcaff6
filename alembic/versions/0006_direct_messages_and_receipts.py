"""Messages to people, what they belong to, how long they wait and are of use; what providers say of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('pending', 'retry', 'sending')")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("subject", sa.String(length=80), nullable=True))
    op.add_column("outbox", sa.Column("amends", ID, nullable=True))
    op.add_column("outbox", sa.Column("held_until", INSTANT, nullable=True))
    op.add_column("outbox", sa.Column("not_after", INSTANT, nullable=True))
    op.add_column("outbox", sa.Column("provider", sa.String(length=20), nullable=True))
    op.add_column("outbox", sa.Column("issued", INSTANT, nullable=True))
    op.create_index("ix_outbox_subject", "outbox", ["subject"])
    op.drop_index("ix_outbox_channel_state_not_before", "outbox")
    op.drop_index("ix_outbox_lane_id", "outbox")
    op.create_index(
        "ix_outbox_queue",
        "outbox",
        ["channel", "priority", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_outbox_lane", "outbox", ["lane", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "receipts",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint("provider", "provider_id", name="uq_receipts_provider_provider_id"),
    )


def downgrade() -> None:
    op.drop_table("receipts")
    # What the older program does not know of: it would send what was to wait, and people it cannot reach.
    op.execute("UPDATE outbox SET state = 'superseded' WHERE kind = 'message' OR amends IS NOT NULL")
    op.execute("UPDATE outbox SET state = 'dead' WHERE state = 'expired'")
    op.execute("UPDATE outbox SET kind = 'note' WHERE kind = 'message'")
    op.drop_index("ix_outbox_lane", "outbox")
    op.drop_index("ix_outbox_queue", "outbox")
    op.create_index("ix_outbox_lane_id", "outbox", ["lane", "id"])
    op.create_index("ix_outbox_channel_state_not_before", "outbox", ["channel", "state", "not_before"])
    op.drop_index("ix_outbox_subject", "outbox")
    for column in ("issued", "provider", "not_after", "held_until", "amends", "subject"):
        op.drop_column("outbox", column)
