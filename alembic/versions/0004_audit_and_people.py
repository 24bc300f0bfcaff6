"""The audit; codes that confirm addresses, addresses that were stopped, secret calendar feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("result", sa.String(length=300), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject_at", "audit", ["subject", "at"])
    op.create_table(
        "stopped_addresses",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "address", name="pk_stopped_addresses"),
    )
    op.create_table(
        "challenges",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("settled", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_challenges_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
    )
    op.create_index("ix_challenges_person_id", "challenges", ["person_id"])
    op.create_index("ix_challenges_kind_address_created", "challenges", ["kind", "address", "created"])
    op.create_table(
        "calendar_feeds",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("reminders", sa.JSON(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("used", INSTANT, nullable=True),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("token", name="uq_calendar_feeds_token"),
    )
    _one_owner_for_each_address()


def _one_owner_for_each_address() -> None:
    op.execute("UPDATE contact_methods SET address = lower(address) WHERE kind = 'email'")
    # Two people could have one telephone: it stays with whom it was stored for first. The other's entry in
    # the people file keeps it, and the next import says whose it is.
    op.execute(
        "DELETE FROM contact_methods WHERE id NOT IN "
        "(SELECT min(id) FROM contact_methods GROUP BY kind, address)"
    )
    op.execute(
        "INSERT INTO stopped_addresses (kind, address, since) "
        "SELECT kind, address, stopped FROM contact_methods WHERE stopped IS NOT NULL"
    )
    with op.batch_alter_table("contact_methods") as table:
        table.drop_constraint("uq_contact_methods_person_id_kind_address", type_="unique")
        table.create_unique_constraint("uq_contact_methods_kind_address", ["kind", "address"])
        table.create_index("ix_contact_methods_person_id", ["person_id"])
        table.drop_column("stopped")


def downgrade() -> None:
    with op.batch_alter_table("contact_methods") as table:
        table.add_column(sa.Column("stopped", INSTANT, nullable=True))
        table.drop_index("ix_contact_methods_person_id")
        table.drop_constraint("uq_contact_methods_kind_address", type_="unique")
        table.create_unique_constraint(
            "uq_contact_methods_person_id_kind_address", ["person_id", "kind", "address"]
        )
    op.execute(
        "UPDATE contact_methods SET stopped = (SELECT since FROM stopped_addresses s "
        "WHERE s.kind = contact_methods.kind AND s.address = contact_methods.address)"
    )
    for table_name in ("calendar_feeds", "challenges", "stopped_addresses", "audit"):
        op.drop_table(table_name)
