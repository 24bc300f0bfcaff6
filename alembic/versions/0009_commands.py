"""Commands that wait behind a button or for a confirmation; notes on events; closed facilities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_calls",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("path", sa.String(80), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_calls"),
    )
    op.create_index("ix_waiting_calls_expires", "waiting_calls", ["expires"])
    op.create_table(
        "confirmations",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("path", sa.String(80), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("front", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(120), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("confirmed_by", sa.String(120), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_expires", "confirmations", ["expires"])
    op.create_table(
        "seen_calls",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seen_calls"),
    )
    op.create_index("ix_seen_calls_at", "seen_calls", ["at"])
    identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "event_notes",
        sa.Column("id", identifier, nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_event_notes_event_id_events", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_notes"),
    )
    op.create_index("ix_event_notes_event_id", "event_notes", ["event_id"])
    op.create_table(
        "facility_closures",
        sa.Column("facility", sa.String(80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("facility", name="pk_facility_closures"),
    )


def downgrade() -> None:
    op.drop_table("facility_closures")
    op.drop_table("event_notes")
    op.drop_table("seen_calls")
    op.drop_table("confirmations")
    op.drop_table("waiting_calls")
