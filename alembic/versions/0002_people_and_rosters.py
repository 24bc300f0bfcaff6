"""People, rosters, shifts ahead, history of duty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
    )
    op.create_table(
        "contact_methods",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("verified", INSTANT, nullable=True),
        sa.Column("stopped", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_contact_methods_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_methods"),
        sa.UniqueConstraint("person_id", "kind", "address", name="uq_contact_methods_person_id_kind_address"),
    )
    op.create_table(
        "rosters",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settled", INSTANT, nullable=False),
        sa.Column("materialised_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rosters"),
        sa.UniqueConstraint("name", name="uq_rosters_name"),
    )
    op.create_table(
        "roster_versions",
        sa.Column("roster_id", BIG_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name="fk_roster_versions_roster_id_rosters"),
        sa.PrimaryKeyConstraint("roster_id", "version", name="pk_roster_versions"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(length=400), nullable=False),
        sa.Column("roster_id", BIG_ID, nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("starts", INSTANT, nullable=False),
        sa.Column("ends", INSTANT, nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("turn", sa.String(length=400), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("long", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name="fk_shifts_roster_id_rosters"),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
    )
    op.create_index("ix_shifts_long_starts_ends", "shifts", ["long", "starts", "ends"])
    op.create_index("ix_shifts_roster_id", "shifts", ["roster_id"])
    op.create_index("ix_shifts_person", "shifts", ["person"])
    op.create_table(
        "duty_history",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("roster_id", BIG_ID, nullable=False),
        sa.Column("shift", sa.String(length=400), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("starts", INSTANT, nullable=False),
        sa.Column("ends", INSTANT, nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("turn", sa.String(length=400), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name="fk_duty_history_roster_id_rosters"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_history"),
        sa.UniqueConstraint("shift", "person", "starts", name="uq_duty_history_shift_person_starts"),
    )
    op.create_index("ix_duty_history_ends_starts", "duty_history", ["ends", "starts"])
    op.create_index("ix_duty_history_roster_id", "duty_history", ["roster_id"])
    op.create_index("ix_duty_history_person", "duty_history", ["person"])


def downgrade() -> None:
    for table in ("duty_history", "shifts", "roster_versions", "rosters", "contact_methods", "people"):
        op.drop_table(table)
