"""Messages, events, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # only INTEGER counts up by itself there
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("codec", sa.String(length=8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", INSTANT, server_default=sa.func.current_timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
    )
    op.create_table(
        "drawings",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("wanted", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drawings"),
        sa.UniqueConstraint("event_id", "revision_id", name="uq_drawings_event_id_revision_id"),
    )
    op.create_index("ix_drawings_state_wanted", "drawings", ["state", "wanted"])

    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mission", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("trigger_time", INSTANT, nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_changed", "events", ["changed"])
    op.create_index("ix_events_mission", "events", ["mission"])
    op.create_index("ix_events_trigger_time", "events", ["trigger_time"])

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("nonce", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=300), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=True),
        sa.Column("revision_id", ID, nullable=True),
        sa.Column("routes", sa.JSON(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=True),
        sa.Column("picture", sa.String(length=80), nullable=True),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("message", sa.String(length=120), nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("sent", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_channel_state_not_before", "outbox", ["channel", "state", "not_before"])
    op.create_index("ix_outbox_event", "outbox", ["event"])
    op.create_index("ix_outbox_lane_id", "outbox", ["lane", "id"])
    op.create_index("ix_outbox_state", "outbox", ["state"])

    op.create_table(
        "stream_offsets",
        sa.Column("cluster", sa.String(length=200), nullable=False),
        sa.Column("group_id", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", "group_id", "topic", "partition", name="pk_stream_offsets"),
    )
    op.create_table(
        "threads",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=24), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("known", sa.String(length=64), nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("message", sa.String(length=120), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
        sa.UniqueConstraint("channel", "event", name="uq_threads_channel_event"),
    )
    op.create_index("ix_threads_event", "threads", ["event"])

    op.create_table(
        "associations",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_a", ID, nullable=False),
        sa.Column("event_b", ID, nullable=False),
        sa.Column("search", sa.String(length=40), nullable=True),
        sa.Column("time_difference", sa.Double(), nullable=True),
        sa.Column("overlap", sa.Double(), nullable=True),
        sa.Column("time_far", sa.Double(), nullable=True),
        sa.Column("space_time_far", sa.Double(), nullable=True),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("revision_a", ID, nullable=True),
        sa.Column("revision_b", ID, nullable=True),
        sa.Column("combined", sa.JSON(), nullable=True),
        sa.Column("computed", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_a"], ["events.id"], name="fk_associations_event_a_events", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_b"], ["events.id"], name="fk_associations_event_b_events", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_associations"),
        sa.UniqueConstraint("event_a", "event_b", name="uq_associations_event_a_event_b"),
    )
    op.create_index("ix_associations_event_a", "associations", ["event_a"])
    op.create_index("ix_associations_event_b", "associations", ["event_b"])

    op.create_table(
        "event_names",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("is_alias", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_event_names_event_id_events", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_names"),
        sa.UniqueConstraint("event_id", "name", name="uq_event_names_event_id_name"),
    )
    op.create_index("ix_event_names_event_id", "event_names", ["event_id"])
    op.create_index("ix_event_names_folded", "event_names", ["folded"])

    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("produced", INSTANT, nullable=True),
        sa.Column("arrived", INSTANT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("settled", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_messages_sha256_blobs"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("topic", "sha256", name="uq_messages_topic_sha256"),
    )
    op.create_index("ix_messages_state_attempts_id", "messages", ["state", "attempts", "id"])

    op.create_table(
        "tags",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("tag", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_tags_event_id_events", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("event_id", "tag", "origin", name="uq_tags_event_id_tag_origin"),
    )
    op.create_index("ix_tags_event_id", "tags", ["event_id"])
    op.create_index("ix_tags_tag", "tags", ["tag"])

    op.create_table(
        "revisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("alert_type", sa.String(length=20), nullable=False),
        sa.Column("issued", INSTANT, nullable=True),
        sa.Column("arrived", INSTANT, nullable=False),
        sa.Column("said", INSTANT, nullable=False),
        sa.Column("notice", sa.JSON(), nullable=False),
        sa.Column("skymap_blob", sa.String(length=64), nullable=True),
        sa.Column("combined_blob", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["combined_blob"], ["blobs.sha256"], name="fk_revisions_combined_blob_blobs"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_revisions_event_id_events", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_revisions_message_id_messages"),
        sa.ForeignKeyConstraint(["skymap_blob"], ["blobs.sha256"], name="fk_revisions_skymap_blob_blobs"),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.UniqueConstraint("event_id", "content_hash", name="uq_revisions_event_id_content_hash"),
    )
    op.create_index("ix_revisions_content_hash", "revisions", ["content_hash"])
    op.create_index("ix_revisions_event_id_said", "revisions", ["event_id", "said"])
    op.create_index("ix_revisions_message_id", "revisions", ["message_id"])

    op.create_table(
        "analyses",
        sa.Column("id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("wanted", INSTANT, nullable=False),
        sa.Column("statistics", sa.JSON(), nullable=True),
        sa.Column("observability", sa.JSON(), nullable=True),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name="fk_analyses_revision_id_revisions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_analyses"),
        sa.UniqueConstraint("revision_id", "kind", name="uq_analyses_revision_id_kind"),
    )
    op.create_index("ix_analyses_state_wanted", "analyses", ["state", "wanted"])

    op.create_table(
        "map_fetches",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("wanted", INSTANT, nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_map_fetches_event_id_events", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name="fk_map_fetches_revision_id_revisions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_map_fetches"),
        sa.UniqueConstraint("event_id", "url", name="uq_map_fetches_event_id_url"),
    )
    op.create_index("ix_map_fetches_state_due", "map_fetches", ["state", "due"])


def downgrade() -> None:
    # A table goes before the one it refers to; its indexes go with it.
    op.drop_table("map_fetches")
    op.drop_table("analyses")
    op.drop_table("revisions")
    op.drop_table("tags")
    op.drop_table("messages")
    op.drop_table("event_names")
    op.drop_table("associations")
    op.drop_table("threads")
    op.drop_table("stream_offsets")
    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("events")
    op.drop_table("drawings")
    op.drop_table("blobs")
