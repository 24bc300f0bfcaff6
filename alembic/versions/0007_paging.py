"""Pages, escalations, answers, advocates, drills, the desk's own secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=True),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("self_test", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked", INSTANT, nullable=False),
        sa.Column("decided", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drills"),
        sa.UniqueConstraint("event", name="uq_drills_event"),
    )
    op.create_table(
        "event_advocates",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("page_id", BIG_ID, nullable=True),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_event_advocates"),
    )
    op.create_index("ix_event_advocates_event", "event_advocates", ["event"], unique=False)
    op.create_index(
        "ix_event_advocates_now",
        "event_advocates",
        ["event"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "pages",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=True),
        sa.Column("event_id", BIG_ID, nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=True),
        sa.Column("escalation", sa.String(length=120), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("opened", INSTANT, nullable=False),
        sa.Column("opened_by", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_due", INSTANT, nullable=True),
        sa.Column("holder", sa.String(length=60), nullable=True),
        sa.Column("acknowledged_by", sa.JSON(), nullable=False),
        sa.Column("acknowledged", INSTANT, nullable=True),
        sa.Column("acted", INSTANT, nullable=True),
        sa.Column("closed", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("key", name="uq_pages_key"),
    )
    op.create_index("ix_pages_event", "pages", ["event"], unique=False)
    op.create_index("ix_pages_state_next_due", "pages", ["state", "next_due"], unique=False)
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "self_tests",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("slowest", sa.Double(), nullable=False),
        sa.Column("last", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_self_tests"),
    )
    op.create_table(
        "page_answers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("page_id", BIG_ID, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_page_answers_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_page_answers"),
        sa.UniqueConstraint(
            "page_id", "person", "answer", "turn", name="uq_page_answers_page_id_person_answer_turn"
        ),
    )
    op.create_table(
        "page_contacts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("page_id", BIG_ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("when", sa.String(length=10), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("done", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("outbox_key", sa.String(length=400), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_page_contacts_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_page_contacts"),
        sa.UniqueConstraint(
            "page_id", "step", "person", "way", "due", name="uq_page_contacts_page_id_step_person_way_due"
        ),
    )
    op.create_index("ix_page_contacts_done_due", "page_contacts", ["done", "due"], unique=False)
    op.create_index("ix_page_contacts_page_id", "page_contacts", ["page_id"], unique=False)
    op.create_table(
        "page_log",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("page_id", BIG_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_page_log_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_page_log"),
    )
    op.create_index("ix_page_log_page_id", "page_log", ["page_id"], unique=False)
    op.create_table(
        "page_people",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("page_id", BIG_ID, nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("because", sa.String(length=200), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("on_shift", sa.Boolean(), nullable=False),
        sa.Column("woken", sa.Boolean(), nullable=False),
        sa.Column("declined", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_page_people_page_id_pages"),
        sa.PrimaryKeyConstraint("id", name="pk_page_people"),
        sa.UniqueConstraint("page_id", "person", name="uq_page_people_page_id_person"),
    )
    op.create_index("ix_page_people_person", "page_people", ["person"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_page_people_person", table_name="page_people")
    op.drop_table("page_people")
    op.drop_index("ix_page_log_page_id", table_name="page_log")
    op.drop_table("page_log")
    op.drop_index("ix_page_contacts_page_id", table_name="page_contacts")
    op.drop_index("ix_page_contacts_done_due", table_name="page_contacts")
    op.drop_table("page_contacts")
    op.drop_table("page_answers")
    op.drop_table("self_tests")
    op.drop_table("secrets")
    op.drop_index("ix_pages_state_next_due", table_name="pages")
    op.drop_index("ix_pages_event", table_name="pages")
    op.drop_table("pages")
    op.drop_index(
        "ix_event_advocates_now",
        table_name="event_advocates",
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.drop_index("ix_event_advocates_event", table_name="event_advocates")
    op.drop_table("event_advocates")
    op.drop_table("drills")
