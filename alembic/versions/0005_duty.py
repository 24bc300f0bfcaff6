"""The life of a published roster: news, swaps, reminders, notes, and what follows who is on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "cover_warnings",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cover_warnings")),
    )
    op.create_index(op.f("ix_cover_warnings_roster"), "cover_warnings", ["roster"], unique=False)
    op.create_table(
        "duty_groups",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_told", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty_groups")),
    )
    op.create_table(
        "duty_news",
        sa.Column("id", identifier, nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped", sa.String(length=40), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_news")),
        sa.UniqueConstraint("key", name=op.f("uq_duty_news_key")),
    )
    op.create_index("ix_duty_news_done_due", "duty_news", ["done", "due"], unique=False)
    op.create_index(op.f("ix_duty_news_roster"), "duty_news", ["roster"], unique=False)
    op.create_table(
        "duty_watch",
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("planned", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("roster", name=op.f("pk_duty_watch")),
    )
    op.create_table(
        "handoff_notes",
        sa.Column("id", identifier, nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_notes")),
    )
    op.create_index(op.f("ix_handoff_notes_roster"), "handoff_notes", ["roster"], unique=False)
    op.create_table(
        "shift_reminders",
        sa.Column("id", identifier, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_reminders")),
        sa.UniqueConstraint(
            "person", "roster", "minutes", name=op.f("uq_shift_reminders_person_roster_minutes")
        ),
    )
    op.create_index(op.f("ix_shift_reminders_person"), "shift_reminders", ["person"], unique=False)
    op.create_table(
        "skyportal_shifts",
        sa.Column("id", identifier, nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("turn", sa.String(length=400), nullable=False),
        sa.Column("remote", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skyportal_shifts")),
        sa.UniqueConstraint("remote", name=op.f("uq_skyportal_shifts_remote")),
        sa.UniqueConstraint("roster", "turn", name=op.f("uq_skyportal_shifts_roster_turn")),
    )
    op.create_table(
        "swaps",
        sa.Column("id", identifier, nullable=False),
        sa.Column("roster", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("shift", sa.String(length=400), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("part_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("part_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returns", sa.String(length=400), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("to_all", sa.Boolean(), nullable=False),
        sa.Column("offered_by", sa.String(length=120), nullable=False),
        sa.Column("offered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("taken_by", sa.String(length=60), nullable=True),
        sa.Column("settled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swaps")),
    )
    op.create_index(op.f("ix_swaps_roster"), "swaps", ["roster"], unique=False)
    op.create_index(op.f("ix_swaps_shift"), "swaps", ["shift"], unique=False)
    op.create_index("ix_swaps_state_expires", "swaps", ["state", "expires"], unique=False)
    op.create_table(
        "swap_answers",
        sa.Column("id", identifier, nullable=False),
        sa.Column("swap_id", identifier, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("returns", sa.String(length=400), nullable=True),
        sa.Column("part_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("part_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["swap_id"], ["swaps.id"], name=op.f("fk_swap_answers_swap_id_swaps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap_answers")),
        sa.UniqueConstraint("swap_id", "person", name=op.f("uq_swap_answers_swap_id_person")),
    )
    op.create_index(op.f("ix_swap_answers_person"), "swap_answers", ["person"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_swap_answers_person"), table_name="swap_answers")
    op.drop_table("swap_answers")
    op.drop_index("ix_swaps_state_expires", table_name="swaps")
    op.drop_index(op.f("ix_swaps_shift"), table_name="swaps")
    op.drop_index(op.f("ix_swaps_roster"), table_name="swaps")
    op.drop_table("swaps")
    op.drop_table("skyportal_shifts")
    op.drop_index(op.f("ix_shift_reminders_person"), table_name="shift_reminders")
    op.drop_table("shift_reminders")
    op.drop_index(op.f("ix_handoff_notes_roster"), table_name="handoff_notes")
    op.drop_table("handoff_notes")
    op.drop_table("duty_watch")
    op.drop_index(op.f("ix_duty_news_roster"), table_name="duty_news")
    op.drop_index("ix_duty_news_done_due", table_name="duty_news")
    op.drop_table("duty_news")
    op.drop_table("duty_groups")
    op.drop_index(op.f("ix_cover_warnings_roster"), table_name="cover_warnings")
    op.drop_table("cover_warnings")
