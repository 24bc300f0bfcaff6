"""Subscriptions, preferences, mutes; what is held for a digest, and what was told where that counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "held",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reader", sa.String(length=80), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("revision_id", BIG_ID, nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("routes", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("told", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_held"),
        sa.UniqueConstraint("reader", "event", "batch", name="uq_held_reader_event_batch"),
    )
    op.create_index(
        "ix_held_due",
        "held",
        ["due", "reader"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_held_event", "held", ["event"], unique=False)
    op.create_table(
        "mutes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mutes"),
        sa.UniqueConstraint("person", "scope", "subject", name="uq_mutes_person_scope_subject"),
    )
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("woken", sa.Boolean(), nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_preferences"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("tell", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=True),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("person", "number", name="uq_subscriptions_person_number"),
    )
    op.create_index("ix_subscriptions_person", "subscriptions", ["person"], unique=False)
    op.create_table(
        "tellings",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reader", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=300), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tellings"),
    )
    op.create_index("ix_tellings_family_at", "tellings", ["family", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_tellings_family_at", table_name="tellings")
    op.drop_table("tellings")
    op.drop_index("ix_subscriptions_person", table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_table("preferences")
    op.drop_table("mutes")
    op.drop_index("ix_held_event", table_name="held")
    op.drop_index(
        "ix_held_due",
        table_name="held",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("held")
