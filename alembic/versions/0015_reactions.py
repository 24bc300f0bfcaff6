"""Reactions: what was asked and started for an event by rule, and the jobs that came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reactions",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("start", sa.String(40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("facilities", sa.JSON(), nullable=False),
        sa.Column("cancel_on_retraction", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("event", sa.String(200), nullable=False),
        sa.Column("event_id", IDENTIFIER, nullable=False),
        sa.Column("revision_id", IDENTIFIER, nullable=False),
        sa.Column("map", sa.String(64), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.Column("via", sa.String(20), nullable=True),
        sa.Column("answered", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reactions"),
        sa.UniqueConstraint("key", name="uq_reactions_key"),
    )
    op.create_index("ix_reactions_name", "reactions", ["name"])
    op.create_index("ix_reactions_event", "reactions", ["event"])
    op.create_index("ix_reactions_created", "reactions", ["created"])
    op.create_index("ix_reactions_state_expires", "reactions", ["state", "expires"])
    op.create_table(
        "reaction_jobs",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("reaction_id", IDENTIFIER, nullable=False),
        sa.Column("facility", sa.String(80), nullable=False),
        sa.Column("job_id", IDENTIFIER, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("already", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reaction_id"], ["reactions.id"], name="fk_reaction_jobs_reaction_id_reactions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reaction_jobs"),
        sa.UniqueConstraint("reaction_id", "facility", name="uq_reaction_jobs_reaction_id_facility"),
    )
    op.create_index("ix_reaction_jobs_job_id", "reaction_jobs", ["job_id"])


def downgrade() -> None:
    op.drop_table("reaction_jobs")
    op.drop_table("reactions")
