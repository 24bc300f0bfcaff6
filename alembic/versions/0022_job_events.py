"""Which events a job may be about that names none: those in whose region its source lay when it was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "job_events",
        sa.Column("job_id", IDENTIFIER, nullable=False),
        sa.Column("event", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_events_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "event", name="pk_job_events"),
    )
    op.create_index("ix_job_events_event", "job_events", ["event"])


def downgrade() -> None:
    op.drop_index("ix_job_events_event", table_name="job_events")
    op.drop_table("job_events")
