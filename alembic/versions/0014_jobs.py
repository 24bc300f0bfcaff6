"""Jobs, and what was asked for lately."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012d"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("ended IS NULL")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("platform", sa.String(60), nullable=False),
        sa.Column("requester", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("event", sa.String(200), nullable=True),
        sa.Column("facility", sa.String(120), nullable=True),
        sa.Column("source", sa.String(200), nullable=True),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("remote", sa.JSON(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("deadline", INSTANT, nullable=False),
        sa.Column("patience", sa.Double(), nullable=True),
        sa.Column("started", INSTANT, nullable=True),
        sa.Column("ended", INSTANT, nullable=True),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("attempted", sa.Boolean(), nullable=False),
        sa.Column("cancelled_by", sa.String(120), nullable=True),
        sa.Column("tell_at", INSTANT, nullable=True),
        sa.Column("told", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("mark", name="uq_jobs_mark"),
    )
    op.create_index("ix_jobs_event", "jobs", ["event"])
    op.create_index("ix_jobs_created", "jobs", ["created"])
    op.create_index("ix_jobs_tell_at", "jobs", ["tell_at"])
    op.create_index("ix_jobs_fingerprint_created", "jobs", ["fingerprint", "created"])
    op.create_index("ix_jobs_queue", "jobs", ["platform", "due"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "job_wishes",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("job_id", BIG, nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_job_wishes"),
    )


def downgrade() -> None:
    op.drop_table("job_wishes")
    op.drop_table("jobs")
